#include "binding.h"

static struct {
  jfieldID format, width, height, rotation, matrix, is_full_range, timestamp, planes;
  jfieldID bytes, row_stride, pixel_stride;
} fields;

bool find_picture_fields(JNIEnv *env) {
  const struct {
    jfieldID *field;
    const char *name, *signature;
    bool is_of_plane;
  } all[] = {
      {&fields.format, "format", "I", false},
      {&fields.width, "width", "I", false},
      {&fields.height, "height", "I", false},
      {&fields.rotation, "rotation", "I", false},
      {&fields.matrix, "matrix", "I", false},
      {&fields.is_full_range, "isFullRange", "Z", false},
      {&fields.timestamp, "timestamp", "D", false},
      {&fields.planes, "planes", "[Lorg/videoaccelerator/Picture$Plane;", false},
      {&fields.bytes, "bytes", "Ljava/nio/ByteBuffer;", true},
      {&fields.row_stride, "rowStride", "I", true},
      {&fields.pixel_stride, "pixelStride", "I", true},
  };
  jclass picture = (*env)->FindClass(env, "org/videoaccelerator/Picture");
  if (!picture) return false;
  jclass plane = (*env)->FindClass(env, "org/videoaccelerator/Picture$Plane");
  if (!plane) return false;
  for (size_t index = 0; index < sizeof all / sizeof *all; index++) {
    *all[index].field =
        (*env)->GetFieldID(env, all[index].is_of_plane ? plane : picture, all[index].name, all[index].signature);
    if (!*all[index].field) return false;
  }
  return true;
}

static vacc_plane describe_plane(JNIEnv *env, jobject plane) {
  jobject bytes = (*env)->GetObjectField(env, plane, fields.bytes);
  vacc_plane result = {
      .bytes = (*env)->GetDirectBufferAddress(env, bytes),
      .byte_count = (size_t)(*env)->GetDirectBufferCapacity(env, bytes),
      // Negative ones become large ones, which the library refuses.
      .row_stride = (size_t)(*env)->GetIntField(env, plane, fields.row_stride),
      .pixel_stride = (size_t)(*env)->GetIntField(env, plane, fields.pixel_stride),
  };
  (*env)->DeleteLocalRef(env, bytes);
  return result;
}

vacc_picture describe_picture(JNIEnv *env, jobject picture) {
  vacc_picture result = {
      .size = sizeof result,
      .format = (*env)->GetIntField(env, picture, fields.format),
      .width = (*env)->GetIntField(env, picture, fields.width),
      .height = (*env)->GetIntField(env, picture, fields.height),
      .rotation = (*env)->GetIntField(env, picture, fields.rotation),
      .matrix = (*env)->GetIntField(env, picture, fields.matrix),
      .is_full_range = (*env)->GetBooleanField(env, picture, fields.is_full_range),
      .timestamp = (*env)->GetDoubleField(env, picture, fields.timestamp),
  };
  jobjectArray planes = (*env)->GetObjectField(env, picture, fields.planes);
  jsize count = (*env)->GetArrayLength(env, planes);
  for (jsize index = 0; index < count; index++) {
    jobject plane = (*env)->GetObjectArrayElement(env, planes, index);
    result.planes[index] = describe_plane(env, plane);
    (*env)->DeleteLocalRef(env, plane);
  }
  (*env)->DeleteLocalRef(env, planes);
  return result;
}

vacc_picture *describe_pictures(JNIEnv *env, jobjectArray pictures, int32_t *count) {
  *count = (*env)->GetArrayLength(env, pictures);
  vacc_picture *described = allocate(env, (size_t)*count, sizeof *described);
  if (!described) return NULL;
  for (jsize index = 0; index < *count; index++) {
    jobject picture = (*env)->GetObjectArrayElement(env, pictures, index);
    described[index] = describe_picture(env, picture);
    (*env)->DeleteLocalRef(env, picture);
  }
  return described;
}
