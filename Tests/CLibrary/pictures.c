#include "test.h"

enum { WIDTH = 70, HEIGHT = 52, CLASSES = 64, FRAMES = 6 };

static float scores[CLASSES], others[CLASSES];
static int32_t class_count;

static int same(void) { return !memcmp(scores, others, (size_t)class_count * sizeof *scores); }

// Copies an RGB picture with other bytes a pixel, order and row stride.
static uint8_t *repacked(vacc_picture *picture, vacc_format format, int pixel, size_t row_stride) {
  const uint8_t *source = picture->planes[0].bytes;
  uint8_t *target = fresh(row_stride * HEIGHT);
  int swaps = format == VACC_BGRA;
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      for (int channel = 0; channel < 3; channel++)
        target[y * row_stride + (size_t)(x * pixel + (swaps ? 2 - channel : channel))] =
            source[(y * WIDTH + x) * 3 + channel];
  picture->format = format;
  picture->planes[0] = (vacc_plane){
      .bytes = target, .byte_count = row_stride * HEIGHT, .row_stride = row_stride, .pixel_stride = (size_t)pixel};
  return target;
}

// Gray in NV12 and I420, full range, is gray in RGB.
static void test_luma(vacc_session *session) {
  uint8_t *luma = fresh(WIDTH * HEIGHT), *chroma = fresh(WIDTH / 2 * (HEIGHT / 2) * 2), *gray = fresh(WIDTH * HEIGHT * 3);
  memset(chroma, 128, WIDTH / 2 * (HEIGHT / 2) * 2);
  for (int index = 0; index < WIDTH * HEIGHT; index++) {
    luma[index] = (uint8_t)(index * 7);
    memset(gray + 3 * index, luma[index], 3);
  }
  size_t half = WIDTH / 2 * (HEIGHT / 2);
  vacc_picture picture = {
      .size = sizeof picture, .format = VACC_RGB, .width = WIDTH, .height = HEIGHT,
      .planes = {{.bytes = gray, .byte_count = WIDTH * HEIGHT * 3}}};
  EXPECT_STATUS(VACC_OK, vacc_session_classify(session, &picture, 1, scores, class_count));
  picture.is_full_range = 1;
  picture.format = VACC_NV12;
  picture.planes[0] = (vacc_plane){.bytes = luma, .byte_count = WIDTH * HEIGHT};
  picture.planes[1] = (vacc_plane){.bytes = chroma, .byte_count = 2 * half};
  EXPECT_STATUS(VACC_OK, vacc_session_classify(session, &picture, 1, others, class_count));
  EXPECT(same());
  picture.format = VACC_I420;
  picture.planes[1].byte_count = half;
  picture.planes[2] = picture.planes[1];
  EXPECT_STATUS(VACC_OK, vacc_session_classify(session, &picture, 1, others, class_count));
  EXPECT(same());
  picture.planes[2].byte_count--;
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_classify(session, &picture, 1, others, class_count));
  picture.planes[2].bytes = NULL;
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_classify(session, &picture, 1, others, class_count));
  free(luma);
  free(chroma);
  free(gray);
}

// What a description can be wrong in.
static void test_mistakes(vacc_session *session, vacc_picture picture) {
#define EXPECT_REFUSAL(change)                                                                            \
  do {                                                                                                    \
    vacc_picture copy = picture;                                                                          \
    copy.change;                                                                                          \
    EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_classify(session, &copy, 1, others, class_count));      \
  } while (0)
  EXPECT_REFUSAL(size = 0);
  EXPECT_REFUSAL(size = sizeof picture - 1);
  EXPECT_REFUSAL(size = 1 << 20);
  EXPECT_REFUSAL(format = 0);
  EXPECT_REFUSAL(format = VACC_NV12);
  EXPECT_REFUSAL(width = 0);
  EXPECT_REFUSAL(width = -1);
  EXPECT_REFUSAL(width = INT32_MAX);
  EXPECT_REFUSAL(height = INT32_MIN);
  EXPECT_REFUSAL(height = picture.height + 1);
  EXPECT_REFUSAL(rotation = 45);
  EXPECT_REFUSAL(matrix = 7);
  EXPECT_REFUSAL(reserved = 1);
  EXPECT_REFUSAL(planes[0].bytes = NULL);
  EXPECT_REFUSAL(planes[0].byte_count--);
  EXPECT_REFUSAL(planes[0].byte_count = SIZE_MAX);
  EXPECT_REFUSAL(planes[0].row_stride = 1);
  EXPECT_REFUSAL(planes[0].row_stride = SIZE_MAX);
  EXPECT_REFUSAL(planes[0].row_stride = SIZE_MAX / 2);
  EXPECT_REFUSAL(planes[0].pixel_stride = 2);
  EXPECT_REFUSAL(planes[0].pixel_stride = SIZE_MAX);
  EXPECT_REFUSAL(planes[0].pixel_stride = SIZE_MAX / 2);
  EXPECT_REFUSAL(planes[0].pixel_stride = SIZE_MAX / 2 + 1);
#undef EXPECT_REFUSAL
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_classify(session, NULL, 1, others, class_count));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_classify(session, &picture, 0, others, class_count));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_classify(session, &picture, -5, others, class_count));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_classify(session, &picture, 1, NULL, class_count));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_classify(session, &picture, 1, others, class_count - 1));
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_classify(session, &picture, 1, others, INT32_MAX));
  // A second one of another size.
  vacc_picture two[2] = {picture, picture};
  two[1].size++;
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_classify(session, two, 2, others, class_count));
}

void test_pictures(const char *path) {
  vacc_model *model = NULL;
  vacc_session *session = NULL;
  EXPECT_STATUS(VACC_OK, vacc_model_open(path, &model));
  EXPECT_STATUS(VACC_OK, vacc_session_open(model, NULL, &session));
  vacc_model_info info = {.size = sizeof info};
  EXPECT_STATUS(VACC_OK, vacc_model_get_info(model, &info));
  class_count = info.label_count;
  if (class_count > CLASSES) abort();

  vacc_picture clip[FRAMES];
  uint8_t *memory[FRAMES];
  for (int number = 0; number < FRAMES; number++) clip[number] = make_picture(WIDTH, HEIGHT, number, &memory[number]);
  EXPECT_STATUS(VACC_OK, vacc_session_classify(session, clip, FRAMES, scores, class_count));
  float sum = 0;
  for (int32_t index = 0; index < class_count; index++) sum += scores[index];
  EXPECT(sum > 0.999f && sum < 1.001f);

  // Whole outputs are there, too, and leave the scores' order as it is.
  float *raw = fresh((size_t)class_count * sizeof *raw);
  void *outputs[] = {raw};
  size_t bytes = (size_t)class_count * sizeof *raw;
  EXPECT_STATUS(VACC_OK, vacc_session_run_pictures(session, clip, FRAMES, outputs, &bytes, 1));
  for (int32_t index = 1; index < class_count; index++)
    EXPECT((raw[index] > raw[0]) == (scores[index] > scores[0]));
  bytes++;
  EXPECT_STATUS(VACC_BAD_ARGUMENT, vacc_session_run_pictures(session, clip, FRAMES, outputs, &bytes, 1));
  free(raw);

  // The same pixels in another memory layout.
  const struct {
    vacc_format format;
    int pixel;
    size_t row_stride;
  } layouts[] = {{VACC_RGBA, 4, WIDTH * 4}, {VACC_BGRA, 4, WIDTH * 4 + 20}, {VACC_RGB, 5, WIDTH * 5 + 3}};
  for (size_t layout = 0; layout < sizeof layouts / sizeof *layouts; layout++) {
    vacc_picture copies[FRAMES];
    uint8_t *copied[FRAMES];
    for (int number = 0; number < FRAMES; number++) {
      copies[number] = clip[number];
      copied[number] =
          repacked(&copies[number], layouts[layout].format, layouts[layout].pixel, layouts[layout].row_stride);
    }
    EXPECT_STATUS(VACC_OK, vacc_session_classify(session, copies, FRAMES, others, class_count));
    EXPECT(same());
    for (int number = 0; number < FRAMES; number++) free(copied[number]);
  }

  vacc_picture turned = clip[0];
  turned.rotation = 180;
  EXPECT_STATUS(VACC_OK, vacc_session_classify(session, &turned, 1, others, class_count));
  test_mistakes(session, clip[0]);
  test_luma(session);
  for (int number = 0; number < FRAMES; number++) free(memory[number]);
  EXPECT_STATUS(VACC_OK, vacc_session_close(session));
  EXPECT_STATUS(VACC_OK, vacc_model_close(model));
}
