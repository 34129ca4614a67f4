plugins {
  id("com.android.application") version "8.7.3"
  id("org.jetbrains.kotlin.android") version "2.0.21"
}

val bindings = rootDir.resolve("../../Bindings/Java")

android {
  namespace = "org.videoaccelerator.example"
  compileSdk = 35
  ndkVersion = "27.3.13750724"
  defaultConfig {
    applicationId = "org.videoaccelerator.example"
    minSdk = 28
    targetSdk = 35
    versionCode = 1
    versionName = "1.0"
    ndk { abiFilters += "arm64-v8a" }
  }
  sourceSets["main"].java.srcDirs("src/main/kotlin", bindings.resolve("src"))
  externalNativeBuild { cmake { path = file("CMakeLists.txt") } }
  // Models are mapped where they are in the app's file.
  androidResources { noCompress += "accel" }
  compileOptions {
    sourceCompatibility = JavaVersion.VERSION_11
    targetCompatibility = JavaVersion.VERSION_11
  }
  kotlinOptions { jvmTarget = "11" }
}

dependencies {
  val camera = "1.4.1"
  implementation("androidx.activity:activity-ktx:1.9.3")
  implementation("androidx.camera:camera-camera2:$camera")
  implementation("androidx.camera:camera-lifecycle:$camera")
  implementation("androidx.camera:camera-view:$camera")
}
