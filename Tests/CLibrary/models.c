#include "test.h"

// A struct of a later version, with members that this library does not know.
typedef struct {
  vacc_model_info known;
  uint64_t unknown;
} later_info;

// The frames of a video of 20 frames in each second.
static void test_sampling(const vacc_model *model) {
  vacc_recipe recipe = {.size = sizeof recipe};
  EXPECT_STATUS(VACC_OK, vacc_model_get_recipe(model, &recipe));
  enum { FRAMES = 200 };
  double times[FRAMES];
  for (int frame = 0; frame < FRAMES; frame++) times[frame] = frame / 20.0;
  size_t count = 0, none = 0;
  EXPECT_STATUS(VACC_OK, vacc_model_sample_frames(model, times, FRAMES, 10, 0.05, 0, NULL, 0, &count));
  size_t clips = count / (size_t)recipe.frame_count;
  EXPECT(clips >= 1 && clips <= 10 && count % (size_t)recipe.frame_count == 0);
  int64_t *frames = fresh(count * sizeof *frames);
  EXPECT_STATUS(VACC_TOO_SMALL, vacc_model_sample_frames(model, times, FRAMES, 10, 0.05, 0, frames, count - 1, &count));
  EXPECT_STATUS(VACC_OK, vacc_model_sample_frames(model, times, FRAMES, 10, 0.05, 0, frames, count, &count));
  EXPECT(frames[0] == 0);
  for (size_t index = 0; index < count; index++) {
    EXPECT(frames[index] >= 0 && frames[index] < FRAMES);
    EXPECT(index % (size_t)recipe.frame_count == 0 || frames[index] >= frames[index - 1]);
  }
  free(frames);
  EXPECT_STATUS(VACC_OK, vacc_model_sample_frames(model, times, 1, 0, 0, 3, NULL, 0, &count));
  EXPECT(count == 3 * (size_t)recipe.frame_count);

  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_model_sample_frames(NULL, times, FRAMES, 10, 0, 0, NULL, 0, &none));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_model_sample_frames(model, NULL, FRAMES, 10, 0, 0, NULL, 0, &none));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_model_sample_frames(model, times, 0, 10, 0, 0, NULL, 0, &none));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_model_sample_frames(model, times, SIZE_MAX, 10, 0, 0, NULL, 0, &none));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_model_sample_frames(model, times + 1, 1, 10, 0, 0, NULL, 0, &none));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_model_sample_frames(model, times, FRAMES, 1, 0, 0, NULL, 0, &none));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_model_sample_frames(model, times, FRAMES, 10, -1, 0, NULL, 0, &none));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_model_sample_frames(model, times, FRAMES, 10, 0, -1, NULL, 0, &none));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_model_sample_frames(model, times, FRAMES, 10, 0, 200000, NULL, 0, &none));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_model_sample_frames(model, times, FRAMES, 10, 0, 0, NULL, 0, NULL));
  double last = times[FRAMES - 1];
  times[FRAMES - 1] = 0;
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_model_sample_frames(model, times, FRAMES, 10, 0, 0, NULL, 0, &none));
  times[FRAMES - 1] = last;
  EXPECT(none == 0);
}

void test_models(const char *path) {
  vacc_model *model = NULL, *copy = NULL, *none = NULL;
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_model_open(NULL, &none));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_model_open(path, NULL));
  EXPECT_STATUS(VACC_BAD_FILE, vacc_model_open("/nowhere/m.accel", &none));
  EXPECT_STATUS(VACC_BAD_FILE, vacc_model_open("/", &none));
  EXPECT_STATUS(VACC_BAD_FILE, vacc_model_open("", &none));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_model_open_bytes(NULL, 8, &none));
  EXPECT_STATUS(VACC_BAD_FILE, vacc_model_open_bytes(NULL, 0, &none));
  EXPECT_STATUS(VACC_BAD_FILE, vacc_model_open_bytes("no model", 8, &none));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_model_open_bytes("no model", SIZE_MAX, &none));
  EXPECT(none == NULL);

  EXPECT_STATUS(VACC_OK, vacc_model_open(path, &model));
  contents file = read_file(path);
  EXPECT_STATUS(VACC_OK, vacc_model_open_bytes(file.bytes, file.count, &copy));
  free(file.bytes);

  vacc_model_info info = {.size = sizeof info}, other = {.size = sizeof other};
  EXPECT_STATUS(VACC_OK, vacc_model_get_info(model, &info));
  EXPECT_STATUS(VACC_OK, vacc_model_get_info(copy, &other));
  EXPECT(info.input_count == 1 && info.output_count == 1 && info.state_count == 0 && info.label_count > 1);
  EXPECT(info.label_count == other.label_count && !strcmp(info.name, other.name) && *info.name);
  EXPECT(info.precision == VACC_FP32 || info.precision == VACC_FP16);

  // Structs are versioned by their sizes.
  later_info later = {.known.size = sizeof later, .unknown = 1};
  EXPECT_STATUS(VACC_OK, vacc_model_get_info(model, &later.known));
  EXPECT(later.known.size == sizeof later && later.known.label_count == info.label_count && later.unknown == 0);
  info.size = 0;
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_model_get_info(model, &info));
  info.size = sizeof info - 4;
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_model_get_info(model, &info));
  info.size = UINT32_MAX;
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_model_get_info(model, &info));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_model_get_info(model, NULL));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_model_get_info(NULL, &other));

  vacc_value_info value = {.size = sizeof value};
  EXPECT_STATUS(VACC_OK, vacc_model_get_input(model, 0, &value));
  EXPECT(value.rank == 5 && value.shape[1] == 3 && value.is_clip && value.element_type == VACC_FLOAT32 && *value.name);
  EXPECT_STATUS(VACC_OK, vacc_model_get_output(model, 0, &value));
  EXPECT(value.rank == 2 && value.shape[1] == other.label_count && !value.is_clip && !*value.name);
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_model_get_input(model, 1, &value));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_model_get_output(model, -1, &value));

  const char *label = NULL;
  for (int32_t index = 0; index < other.label_count; index++) {
    EXPECT_STATUS(VACC_OK, vacc_model_get_label(model, index, &label));
    EXPECT(label && *label);
  }
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_model_get_label(model, other.label_count, &label));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_model_get_label(model, 0, NULL));

  vacc_recipe recipe = {.size = sizeof recipe};
  EXPECT_STATUS(VACC_OK, vacc_model_get_recipe(model, &recipe));
  EXPECT(recipe.frame_count >= 1 && recipe.crop_size <= recipe.short_side && recipe.frames_per_second > 0);
  EXPECT(recipe.standard_deviation[2] > 0);
  test_sampling(model);

  // A handle is of one type, and never used again.
  EXPECT_STATUS(VACC_BAD_HANDLE, vacc_session_reset((vacc_session *)model));
  EXPECT_STATUS(VACC_BAD_HANDLE, vacc_model_get_info((vacc_model *)&info, &other));
  EXPECT_STATUS(VACC_OK, vacc_model_close(copy));
  EXPECT_STATUS(VACC_BAD_HANDLE, vacc_model_close(copy));
  EXPECT_STATUS(VACC_BAD_HANDLE, vacc_model_get_info(copy, &other));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_model_close(NULL));
  EXPECT_STATUS(VACC_OK, vacc_model_close(model));
}
