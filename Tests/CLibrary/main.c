// Tests the C library: library-test CLIPS.accel STEPS.accel INPUT.npy EXPECTED.npy [ROUNDS]
//   CLIPS.accel   a classifier of clips with one input, in fp32 or fp16
//   STEPS.accel   its continual form
//   INPUT.npy     an input, and in EXPECTED.npy what 'accelerator run' makes of it with CLIPS.accel
//   ROUNDS        how often calls are made with random arguments
#include "test.h"

int failures;

contents read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END)) {
    perror(path);
    exit(2);
  }
  contents result = {NULL, (size_t)ftell(file)};
  rewind(file);
  result.bytes = fresh(result.count);
  if (fread(result.bytes, 1, result.count, file) != result.count) exit(2);
  fclose(file);
  return result;
}

contents read_npy(const char *path) {
  contents all = read_file(path);
  size_t header = 10 + (all.bytes[8] | (size_t)all.bytes[9] << 8);
  contents result = {fresh(all.count - header), all.count - header};
  memcpy(result.bytes, all.bytes + header, result.count);
  free(all.bytes);
  return result;
}

uint64_t next_random(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

vacc_picture make_picture(int32_t width, int32_t height, int number, uint8_t **memory) {
  size_t count = (size_t)width * height * 3;
  *memory = fresh(count);
  for (size_t index = 0; index < count; index++) {
    size_t pixel = index / 3;
    (*memory)[index] = (uint8_t)(pixel % width * 5 + pixel / width * 3 + number * 17 * (index % 3 + 1));
  }
  vacc_picture picture = {.size = sizeof picture, .format = VACC_RGB, .width = width, .height = height};
  picture.planes[0] = (vacc_plane){.bytes = *memory, .byte_count = count};
  picture.timestamp = number / 30.0;
  return picture;
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  const char *clips = argv[1], *steps = argv[2];
  EXPECT(vacc_interface_version() == VACC_INTERFACE_VERSION);
  test_models(clips);
  test_tensors(clips, argv[3], argv[4]);
  test_pictures(clips);
  test_streams(clips, steps);
  test_threads(clips);
  fuzz(clips, steps, argc > 5 ? atoi(argv[5]) : 2000);
  if (failures) fprintf(stderr, "%d expectations did not hold\n", failures);
  return failures != 0;
}
