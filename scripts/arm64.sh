# Sourced by scripts that run the phone's modules under emulation: sets `lab` and `products`, the folders of the emulator and of
# what build_for_arm64 makes. Expects to be run in the package's folder.
lab=$(scripts/setup-arm64)
arm64_libraries=$lab/sysroot/usr/libexec/swift/lib/swift/linux
scratch=.build-arm64
products=$scratch/aarch64-unknown-linux-gnu/release

# build_for_arm64 ARGUMENTS: swift build.
build_for_arm64() {
  scripts/in-arm64-toolchain swift build -c release -Xswiftc -enable-testing --destination "$lab/destination.json" \
    --scratch-path "$scratch" "$@"
}

# emulate CPU PROGRAM ARGUMENTS
emulate() {
  local cpu=$1
  shift
  "$lab/qemu/usr/bin/qemu-aarch64" -cpu "$cpu" -L "$lab/sysroot" -E LD_LIBRARY_PATH="$arm64_libraries" "$@"
}

# deploy_network FOLDER: writes X3D-XS with random weights as fp32.accel, fp16.accel and int8.accel there, and clips.npy, which
# int8 is calibrated on. The flags are those of scripts/test, whose build is used again.
deploy_network() {
  local folder=$1 precision calibration
  swift build -c release -Xswiftc -enable-testing --product accelerator
  accelerator=$(swift build -c release -Xswiftc -enable-testing --show-bin-path)/accelerator
  emulate max "$products/deployed-model-check" clips "$folder/clips.npy"
  for precision in fp32 fp16 int8; do
    calibration=()
    [ $precision != int8 ] || calibration=(--calibration "$folder/clips.npy" --observer min-max)
    "$accelerator" deploy --model x3d_xs --random-weights 1 --target mobile_cpu --precision $precision \
      "${calibration[@]}" --output "$folder/$precision.accel"
  done
}
