// Calls with random arguments: whatever they return, no call may crash, hang, or read beyond what it was given.
#include <math.h>

#include "test.h"

static uint64_t state = 88172645463325252u;

static uint64_t below(uint64_t end) { return next_random(&state) % end; }

// A number that is often at a limit.
static int64_t number(void) {
  static const int64_t limits[] = {0, 1, -1, 2, 4, 64, 255, 4096, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, 1ll << 40};
  uint64_t choice = below(24);
  return choice < sizeof limits / sizeof *limits ? limits[choice] : (int64_t)below(300);
}

static double real(void) {
  static const double limits[] = {0, -0.0, 1, -1, 0.5, 1e300, -1e300, 1e-300, INFINITY, -INFINITY, NAN};
  uint64_t choice = below(16);
  return choice < sizeof limits / sizeof *limits ? limits[choice] : (double)below(1000) / 30;
}

enum { MEMORY = 96 * 64 * 4 };

static vacc_picture random_picture(const uint8_t *memory) {
  vacc_picture picture = {.size = below(8) ? sizeof picture : (uint32_t)number()};
  // What is larger than that and said to be there is read.
  if (picture.size > sizeof picture) picture.size = 0;
  picture.format = (vacc_format)below(7);
  picture.width = (int32_t)(below(2) ? below(96) : (uint64_t)number());
  picture.height = (int32_t)(below(2) ? below(64) : (uint64_t)number());
  picture.rotation = (int32_t)(below(4) ? 90 * below(4) : (uint64_t)number());
  picture.matrix = (vacc_matrix)below(3);
  picture.is_full_range = (int32_t)number();
  picture.timestamp = real();
  for (int plane = 0; plane < 3; plane++) {
    picture.planes[plane].bytes = below(10) ? memory : NULL;
    picture.planes[plane].byte_count = below(4) ? MEMORY : below(MEMORY + 1);
    picture.planes[plane].row_stride = below(2) ? 0 : (size_t)number();
    picture.planes[plane].pixel_stride = below(2) ? 0 : (size_t)number();
  }
  return picture;
}

static void fuzz_pictures(vacc_session *session, vacc_stream *stream, int32_t class_count) {
  uint8_t *memory = fresh(MEMORY);
  for (int index = 0; index < MEMORY; index++) memory[index] = (uint8_t)below(256);
  float *scores = fresh((size_t)class_count * sizeof *scores);
  vacc_picture picture = random_picture(memory);
  vacc_prediction prediction = {.size = below(8) ? sizeof prediction : (uint32_t)below(sizeof prediction)};
  vacc_session_classify(session, &picture, (int32_t)(below(4) ? 1 : -(int64_t)below(3)), scores, class_count);
  vacc_stream_push(stream, &picture, &prediction);
  free(scores);
  free(memory);
}

static void fuzz_sessions(vacc_model *model) {
  int64_t lengths[6];
  for (int axis = 0; axis < 6; axis++) lengths[axis] = below(3) ? (int64_t[]){1, 3, 4, 16, 16, 1}[axis] : number();
  vacc_session_options options = {
      .size = sizeof options, .threads = (int32_t)(below(3) ? 1 : number()), .precision = (vacc_precision)below(5),
      .shape_count = (int32_t)below(3), .lengths = below(10) ? lengths : NULL, .length_count = below(7)};
  // A session of billions of pixels is right, and takes minutes.
  for (int axis = 0; axis < 6; axis++)
    if (lengths[axis] > 300 && lengths[axis] < INT32_MAX) lengths[axis] = 16;
  if (options.threads > 8 && options.threads <= 256) options.threads = 2;
  vacc_session *session = NULL;
  if (!vacc_session_open(model, &options, &session)) vacc_session_close(session);
}

static void fuzz_sampling(const vacc_model *model) {
  double times[8] = {0};
  for (int frame = 1; frame < 8; frame++) times[frame] = below(4) ? times[frame - 1] + (double)below(90) / 30 : real();
  enum { ROOM = 256 };
  int64_t *frames = fresh(ROOM * sizeof *frames);
  size_t count = 0, time_count = below(9);
  double end = below(2) ? times[7] + 1 : real();
  if (!vacc_model_sample_frames(model, times, time_count, end, real(), (int32_t)number(), frames, below(ROOM + 1), &count))
    for (size_t index = 0; index < count; index++)
      EXPECT(frames[index] >= 0 && (uint64_t)frames[index] < time_count);
  free(frames);
}

// A file or saved state with some bytes changed, or less of it.
static contents damaged(contents original) {
  contents copy = {fresh(original.count), below(4) ? original.count : below(original.count)};
  memcpy(copy.bytes, original.bytes, copy.count);
  // The header says most, and is at the beginning.
  for (uint64_t change = below(4); change > 0 && copy.count > 0; change--)
    copy.bytes[below(below(2) || copy.count < 4096 ? copy.count : 4096)] ^= (uint8_t)(1 << below(8));
  return copy;
}

static void fuzz_handles(void) {
  void *handles[] = {NULL, (void *)8, (void *)(uintptr_t)number(), &state};
  void *handle = handles[below(4)];
  size_t count = 0;
  // Only queries: what is open may be any number.
  vacc_value_info info = {.size = sizeof info};
  vacc_model_get_input(handle, (int32_t)number(), &info);
  vacc_session_get_output(handle, (int32_t)number(), &info);
  vacc_session_save(handle, NULL, (size_t)number(), &count);
  vacc_stream_get_scores(handle, NULL, (int32_t)number());
}

void fuzz(const char *clips, const char *steps, int rounds) {
  vacc_model *model = NULL;
  vacc_session *session = NULL;
  vacc_stream *stream = NULL;
  contents file = read_file(steps);
  EXPECT_STATUS(VACC_OK, vacc_model_open(clips, &model));
  EXPECT_STATUS(VACC_OK, vacc_session_open(model, NULL, &session));
  vacc_model_info info = {.size = sizeof info};
  EXPECT_STATUS(VACC_OK, vacc_model_get_info(model, &info));
  vacc_stream_options options = {.size = sizeof options};
  EXPECT_STATUS(VACC_OK, vacc_stream_options_init(&options));
  // Gaps are filled with repeated frames: few, so that random times take no minutes.
  options.longest_gap = 1;
  EXPECT_STATUS(VACC_OK, vacc_stream_open(model, &options, &stream));
  contents saved = {NULL, 0};
  EXPECT_STATUS(VACC_OK, vacc_stream_save(stream, NULL, 0, &saved.count));
  saved.bytes = fresh(saved.count);
  EXPECT_STATUS(VACC_OK, vacc_stream_save(stream, saved.bytes, saved.count, &saved.count));

  for (int round = 0; round < rounds; round++) {
    fuzz_pictures(session, stream, info.label_count);
    fuzz_handles();
    fuzz_sampling(model);
    contents copy = damaged(saved);
    vacc_stream_restore(stream, copy.bytes, copy.count);
    free(copy.bytes);
    if (round % 16) continue;
    fuzz_sessions(model);
    copy = damaged(file);
    vacc_model *other = NULL;
    vacc_stream *second = NULL;
    if (!vacc_model_open_bytes(copy.bytes, copy.count, &other)) {
      if (!vacc_stream_open(other, NULL, &second)) vacc_stream_close(second);
      vacc_model_close(other);
    }
    free(copy.bytes);
  }
  free(saved.bytes);
  free(file.bytes);
  EXPECT_STATUS(VACC_OK, vacc_stream_close(stream));
  EXPECT_STATUS(VACC_OK, vacc_session_close(session));
  EXPECT_STATUS(VACC_OK, vacc_model_close(model));
}
