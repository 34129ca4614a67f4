#include <math.h>

#include "test.h"

static size_t byte_count(const vacc_value_info *value) {
  size_t count = 4;
  for (int32_t axis = 0; axis < value->rank; axis++) count *= (size_t)value->shape[axis];
  return count;
}

// Whether results are the command's: its bytes on the same processor; on others sums may be rounded otherwise.
static int is_expected(const float *result, contents expected) {
#ifdef __x86_64__
  return !memcmp(result, expected.bytes, expected.count);
#else
  const float *values = (const float *)expected.bytes;
  for (size_t index = 0; index < expected.count / sizeof *values; index++)
    if (!(fabsf(result[index] - values[index]) <= 1e-4f * (1 + fabsf(values[index])))) return 0;
  return 1;
#endif
}

// Runs a session, and compares its results.
static void expect_run(vacc_session *session, contents input, contents expected) {
  float *output = fresh(expected.count);
  const void *inputs[] = {input.bytes};
  void *outputs[] = {output};
  EXPECT_STATUS(VACC_OK, vacc_session_run(session, inputs, &input.count, 1, outputs, &expected.count, 1));
  EXPECT(is_expected(output, expected));
  free(output);
}

// A session of two clips gives each one's result.
static void test_shapes(vacc_model *model, const vacc_value_info *clip, contents input, contents expected) {
  int64_t lengths[VACC_MAX_RANK];
  memcpy(lengths, clip->shape, sizeof lengths);
  lengths[0] = 2;
  vacc_session_options options = {
      .size = sizeof options, .threads = 2, .shape_count = 1, .lengths = lengths, .length_count = (size_t)clip->rank};
  vacc_session *session = NULL;
  EXPECT_STATUS(VACC_OK, vacc_session_open(model, &options, &session));
  contents twice = {fresh(2 * input.count), 2 * input.count}, both = {fresh(2 * expected.count), 2 * expected.count};
  for (size_t part = 0; part < 2; part++) {
    memcpy(twice.bytes + part * input.count, input.bytes, input.count);
    memcpy(both.bytes + part * expected.count, expected.bytes, expected.count);
  }
  expect_run(session, twice, both);
  free(twice.bytes);
  free(both.bytes);
  EXPECT_STATUS(VACC_OK, vacc_session_close(session));

  const int64_t wrong[] = {0, -1, INT64_MIN, INT64_MAX, 1ll << 40};
  for (size_t index = 0; index < sizeof wrong / sizeof *wrong; index++) {
    for (int axis = 0; axis < clip->rank; axis++) {
      memcpy(lengths, clip->shape, sizeof lengths);
      lengths[axis] = wrong[index];
      EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_open(model, &options, &session));
    }
  }
  memcpy(lengths, clip->shape, sizeof lengths);
  lengths[1] = 4;
  EXPECT_STATUS(VACC_UNSUPPORTED, vacc_session_open(model, &options, &session));
  options.length_count = SIZE_MAX;
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_open(model, &options, &session));
  options.length_count = (size_t)clip->rank;
  options.lengths = NULL;
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_open(model, &options, &session));
  options.shape_count = -1;
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_open(model, &options, &session));
}

static void test_options(vacc_model *model) {
  vacc_session *session = NULL;
  vacc_session_options options = {.size = sizeof options, .threads = 257};
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_open(model, &options, &session));
  options.threads = -1;
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_open(model, &options, &session));
  options.threads = 1;
  options.precision = 9;
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_open(model, &options, &session));
  options.precision = VACC_INT8;
  EXPECT_STATUS(VACC_UNSUPPORTED, vacc_session_open(model, &options, &session));
  options.precision = VACC_FP32;
  EXPECT_STATUS(VACC_OK, vacc_session_open(model, &options, &session));
  EXPECT_STATUS(VACC_UNSUPPORTED, vacc_session_save(session, NULL, 0, &(size_t){0}));
  EXPECT_STATUS(VACC_OK, vacc_session_reset(session));
  EXPECT_STATUS(VACC_OK, vacc_session_close(session));
  struct {
    vacc_session_options known;
    uint64_t unknown;
  } later = {.known.size = sizeof later};
  EXPECT_STATUS(VACC_OK, vacc_session_open(model, &later.known, &session));
  EXPECT_STATUS(VACC_OK, vacc_session_close(session));
  later.unknown = 1;
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_open(model, &later.known, &session));
}

static void test_profile(vacc_session *session) {
  size_t needed = 0, again = 0;
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_profile(session, 0, NULL, 0, &needed));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_profile(session, 10001, NULL, 0, &needed));
  EXPECT_STATUS(VACC_OK, vacc_session_profile(session, 2, NULL, 0, &needed));
  char *text = fresh(needed);
  EXPECT_STATUS(VACC_TOO_SMALL, vacc_session_profile(session, 2, text, needed - 1, &again));
  EXPECT(again == needed);
  EXPECT_STATUS(VACC_OK, vacc_session_profile(session, 2, text, needed, &again));
  EXPECT(text[needed - 1] == 0 && strlen(text) == needed - 1 && strstr(text, "\"steps\""));
  free(text);
}

void test_tensors(const char *path, const char *input_path, const char *expected_path) {
  vacc_model *model = NULL;
  vacc_session *session = NULL;
  EXPECT_STATUS(VACC_OK, vacc_model_open(path, &model));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_open(NULL, NULL, &session));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_open(model, NULL, NULL));
  EXPECT_STATUS(VACC_OK, vacc_session_open(model, NULL, &session));
  contents input = read_npy(input_path), expected = read_npy(expected_path);

  vacc_value_info clip = {.size = sizeof clip}, scores = {.size = sizeof scores};
  EXPECT_STATUS(VACC_OK, vacc_session_get_input(session, 0, &clip));
  EXPECT_STATUS(VACC_OK, vacc_session_get_output(session, 0, &scores));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_get_output(session, 1, &scores));
  EXPECT(byte_count(&clip) == input.count && byte_count(&scores) == expected.count);

  expect_run(session, input, expected);
  expect_run(session, input, expected);
  test_shapes(model, &clip, input, expected);
  test_options(model);
  test_profile(session);

  void *output = fresh(expected.count);
  const void *inputs[] = {input.bytes, NULL};
  void *outputs[] = {output, NULL};
  size_t counts[] = {input.count, 0}, output_counts[] = {expected.count, 0};
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_run(session, inputs, counts, 2, outputs, output_counts, 1));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_run(session, inputs, counts, 1, outputs, output_counts, 0));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_run(session, inputs, counts, -1, outputs, output_counts, 1));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_run(session, NULL, counts, 1, outputs, output_counts, 1));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_run(session, inputs, NULL, 1, outputs, output_counts, 1));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_run(session, inputs + 1, counts, 1, outputs, output_counts, 1));
  counts[0]--;
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_run(session, inputs, counts, 1, outputs, output_counts, 1));
  counts[0] = SIZE_MAX;
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_run(session, inputs, counts, 1, outputs, output_counts, 1));
  counts[0] = input.count;
  output_counts[0]--;
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_run(session, inputs, counts, 1, outputs, output_counts, 1));
  free(output);

  // A session keeps what it needs of a model that is closed.
  EXPECT_STATUS(VACC_OK, vacc_model_close(model));
  expect_run(session, input, expected);
  EXPECT_STATUS(VACC_OK, vacc_session_get_input(session, 0, &clip));
  EXPECT(*clip.name);
  EXPECT_STATUS(VACC_OK, vacc_session_close(session));
  EXPECT_STATUS(VACC_BAD_HANDLE, vacc_session_close(session));
  free(input.bytes);
  free(expected.bytes);
}
