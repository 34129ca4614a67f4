#include <math.h>

#include "test.h"

enum { CLASSES = 64 };

// Pushes pictures with numbers of a range; returns the number of predictions.
static int push(vacc_stream *stream, int first, int end, vacc_prediction *last) {
  int count = 0;
  for (int number = first; number < end; number++) {
    uint8_t *memory;
    vacc_picture picture = make_picture(64, 48, number, &memory);
    vacc_prediction prediction = {.size = sizeof prediction};
    EXPECT_STATUS(VACC_OK, vacc_stream_push(stream, &picture, &prediction));
    free(memory);
    if (prediction.is_valid) {
      count++;
      EXPECT(prediction.timestamp == picture.timestamp && prediction.latency > 0 && prediction.score > 0);
      *last = prediction;
    }
  }
  return count;
}

static void test_stream(const char *path, vacc_method expected) {
  vacc_model *model = NULL;
  vacc_stream *stream = NULL, *copy = NULL;
  EXPECT_STATUS(VACC_OK, vacc_model_open(path, &model));
  EXPECT_STATUS(VACC_OK, vacc_stream_open(model, NULL, &stream));
  vacc_stream_options options = {.size = sizeof options};
  EXPECT_STATUS(VACC_OK, vacc_stream_options_init(&options));
  EXPECT(options.window == 1 && options.threads == 0);
  EXPECT_STATUS(VACC_OK, vacc_stream_open(model, &options, &copy));
  EXPECT_STATUS(VACC_OK, vacc_model_close(model));

  vacc_stream_info info = {.size = sizeof info};
  EXPECT_STATUS(VACC_OK, vacc_stream_get_info(stream, &info));
  EXPECT(info.method == expected && info.class_count <= CLASSES && info.frames == 0 && info.frame_interval > 0);
  float scores[CLASSES], others[CLASSES];
  EXPECT_STATUS(VACC_UNSUPPORTED, vacc_stream_get_scores(stream, scores, info.class_count));

  vacc_prediction last = {0}, same = {0};
  int warm_up = (int)((info.warm_up_frames + 2) * info.frame_interval * 30);
  EXPECT(push(stream, 0, warm_up + 60, &last) > 0);
  EXPECT_STATUS(VACC_OK, vacc_stream_get_info(stream, &info));
  EXPECT(info.frames == warm_up + 60 && info.sampled + info.skipped == info.frames && info.predictions > 0);

  // What was saved goes on in another stream, to the last bit.
  size_t count = 0, again = 0;
  EXPECT_STATUS(VACC_OK, vacc_stream_save(stream, NULL, 0, &count));
  uint8_t *state = fresh(count);
  EXPECT_STATUS(VACC_TOO_SMALL, vacc_stream_save(stream, state, count - 1, &again));
  EXPECT(again == count);
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_stream_save(stream, state, count, NULL));
  EXPECT_STATUS(VACC_OK, vacc_stream_save(stream, state, count, &again));
  EXPECT_STATUS(VACC_OK, vacc_stream_restore(copy, state, count));
  EXPECT(push(stream, warm_up + 60, warm_up + 120, &last) == push(copy, warm_up + 60, warm_up + 120, &same));
  EXPECT(last.is_valid && last.class_index == same.class_index && last.score == same.score);
  EXPECT_STATUS(VACC_OK, vacc_stream_get_scores(stream, scores, info.class_count));
  EXPECT_STATUS(VACC_OK, vacc_stream_get_scores(copy, others, info.class_count));
  EXPECT(!memcmp(scores, others, (size_t)info.class_count * sizeof *scores));
  EXPECT(scores[last.class_index] == last.score);
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_stream_get_scores(stream, scores, info.class_count + 1));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_stream_get_scores(stream, NULL, info.class_count));

  // Damage is noticed, and leaves the stream as it was.
  EXPECT_STATUS(VACC_BAD_FILE, vacc_stream_restore(copy, state, count - 1));
  EXPECT_STATUS(VACC_BAD_FILE, vacc_stream_restore(copy, state, 0));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_stream_restore(copy, NULL, count));
  EXPECT(push(stream, warm_up + 120, warm_up + 150, &last) == push(copy, warm_up + 120, warm_up + 150, &same));
  EXPECT(last.score == same.score);
  free(state);

  // NaN is no time, and a stream goes on after it.
  uint8_t *memory;
  vacc_picture picture = make_picture(64, 48, warm_up + 150, &memory);
  vacc_prediction prediction = {.size = sizeof prediction};
  picture.timestamp = NAN;
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_stream_push(stream, &picture, &prediction));
  picture.timestamp = INFINITY;
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_stream_push(stream, &picture, &prediction));
  picture.timestamp = 1e300;
  EXPECT_STATUS(VACC_OK, vacc_stream_push(stream, &picture, &prediction));
  picture.timestamp = -1e300;
  EXPECT_STATUS(VACC_OK, vacc_stream_push(stream, &picture, &prediction));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_stream_push(stream, &picture, NULL));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_stream_push(stream, NULL, &prediction));
  free(memory);
  EXPECT_STATUS(VACC_OK, vacc_stream_reset(stream));
  EXPECT_STATUS(VACC_UNSUPPORTED, vacc_stream_get_scores(stream, scores, info.class_count));
  EXPECT_STATUS(VACC_OK, vacc_stream_close(stream));
  EXPECT_STATUS(VACC_OK, vacc_stream_close(copy));
  EXPECT_STATUS(VACC_BAD_HANDLE, vacc_stream_push(stream, &picture, &prediction));
}

static void test_options(const char *clips, const char *steps) {
  vacc_model *model = NULL, *states = NULL;
  vacc_stream *stream = NULL;
  EXPECT_STATUS(VACC_OK, vacc_model_open(clips, &model));
  EXPECT_STATUS(VACC_OK, vacc_model_open(steps, &states));
  vacc_stream_options options = {.size = sizeof options}, usual;
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_stream_options_init(NULL));
  EXPECT_STATUS(VACC_OK, vacc_stream_options_init(&options));
  usual = options;
#define EXPECT_REFUSAL(change)                                                     \
  do {                                                                             \
    options = usual;                                                               \
    options.change;                                                                \
    EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_stream_open(model, &options, &stream));  \
  } while (0)
  EXPECT_REFUSAL(size = 1);
  EXPECT_REFUSAL(threads = 1000);
  EXPECT_REFUSAL(threads = -1);
  EXPECT_REFUSAL(method = 3);
  EXPECT_REFUSAL(method = VACC_CONTINUAL);
  EXPECT_REFUSAL(stride = -1);
  EXPECT_REFUSAL(stride = INT32_MAX);
  EXPECT_REFUSAL(reserved = 1);
  EXPECT_REFUSAL(window = NAN);
  EXPECT_REFUSAL(window = -1);
  EXPECT_REFUSAL(margin = 1.5);
  EXPECT_REFUSAL(shortest = INFINITY);
  EXPECT_REFUSAL(longest_gap = NAN);
  EXPECT_REFUSAL(longest_gap = -1);
#undef EXPECT_REFUSAL
  options = usual;
  options.method = VACC_WINDOWS;
  EXPECT_STATUS(VACC_UNSUPPORTED, vacc_stream_open(states, &options, &stream));
  EXPECT(stream == NULL);
  EXPECT_STATUS(VACC_OK, vacc_model_close(model));
  EXPECT_STATUS(VACC_OK, vacc_model_close(states));
}

// A session of a model with states goes on from run to run, and from what was saved.
static void test_steps(const char *path) {
  vacc_model *model = NULL;
  vacc_session *session = NULL;
  EXPECT_STATUS(VACC_OK, vacc_model_open(path, &model));
  vacc_model_info info = {.size = sizeof info};
  EXPECT_STATUS(VACC_OK, vacc_model_get_info(model, &info));
  EXPECT(info.state_count > 0 && info.receptive_field > 1);
  EXPECT_STATUS(VACC_OK, vacc_session_open(model, NULL, &session));
  float results[3][CLASSES];
  uint8_t *memory;
  vacc_picture picture = make_picture(64, 48, 3, &memory);
  size_t count = 0;
  uint8_t *state = NULL;
  for (int run = 0; run < 3; run++) {
    EXPECT_STATUS(VACC_OK, vacc_session_classify(session, &picture, 1, results[run], info.label_count));
    if (run > 0) continue;
    EXPECT_STATUS(VACC_OK, vacc_session_save(session, NULL, 0, &count));
    state = fresh(count);
    EXPECT_STATUS(VACC_OK, vacc_session_save(session, state, count, &count));
  }
  size_t bytes = (size_t)info.label_count * sizeof(float);
  float again[CLASSES];
  EXPECT_STATUS(VACC_OK, vacc_session_restore(session, state, count));
  EXPECT_STATUS(VACC_OK, vacc_session_classify(session, &picture, 1, again, info.label_count));
  EXPECT(!memcmp(again, results[1], bytes) && memcmp(results[0], results[1], bytes));
  EXPECT_STATUS(VACC_BAD_FILE, vacc_session_restore(session, state, count - 1));
  EXPECT_STATUS(VACC_OK, vacc_session_classify(session, &picture, 1, again, info.label_count));
  EXPECT(!memcmp(again, results[2], bytes));
  EXPECT_STATUS(VACC_OK, vacc_session_reset(session));
  EXPECT_STATUS(VACC_OK, vacc_session_classify(session, &picture, 1, again, info.label_count));
  EXPECT(!memcmp(again, results[0], bytes));
  free(memory);
  free(state);
  EXPECT_STATUS(VACC_OK, vacc_session_close(session));
  EXPECT_STATUS(VACC_OK, vacc_model_close(model));
}

void test_streams(const char *clips, const char *steps) {
  test_stream(clips, VACC_WINDOWS);
  test_stream(steps, VACC_CONTINUAL);
  test_options(clips, steps);
  test_steps(steps);
}
