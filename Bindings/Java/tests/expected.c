// Writes what the C library makes of the pictures of TestPictures.java: expected MODEL.accel FOLDER
//   FOLDER/scores       the scores of a clip, floats
//   FOLDER/predictions  class and score of each prediction of a stream, floats
#include <stdio.h>
#include <stdlib.h>
#include <videoaccelerator.h>

enum { WIDTH = 70, HEIGHT = 52, CLIP = 6, STREAM = 150, RATE = 30, CLASSES = 64 };

static void require(vacc_status status) {
  if (!status) return;
  fprintf(stderr, "%s\n", vacc_last_error());
  exit(1);
}

static vacc_picture make_picture(int number, uint8_t *memory) {
  vacc_picture picture = {
      .size = sizeof picture, .format = VACC_I420, .width = WIDTH, .height = HEIGHT, .rotation = 90,
      .timestamp = number / (double)RATE};
  for (int plane = 0; plane < 3; plane++) {
    int width = plane ? WIDTH / 2 : WIDTH, height = plane ? HEIGHT / 2 : HEIGHT;
    for (int index = 0; index < width * height; index++)
      memory[index] = (uint8_t)(index % width * (5 + plane) + index / width * (3 + 2 * plane) + number * 17);
    picture.planes[plane] = (vacc_plane){.bytes = memory, .byte_count = (size_t)(width * height)};
    memory += width * height;
  }
  return picture;
}

static FILE *create(const char *folder, const char *name) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "wb");
  if (file) return file;
  perror(path);
  exit(1);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  static uint8_t memory[CLIP][WIDTH * HEIGHT * 3 / 2];
  static float scores[CLASSES];
  vacc_model *model;
  vacc_session *session;
  vacc_stream *stream;
  vacc_model_info info = {.size = sizeof info};
  require(vacc_model_open(argv[1], &model));
  require(vacc_model_get_info(model, &info));
  if (info.label_count > CLASSES) return 1;

  vacc_picture clip[CLIP];
  for (int number = 0; number < CLIP; number++) clip[number] = make_picture(number, memory[number]);
  require(vacc_session_open(model, NULL, &session));
  require(vacc_session_classify(session, clip, CLIP, scores, info.label_count));
  FILE *file = create(argv[2], "scores");
  fwrite(scores, sizeof *scores, (size_t)info.label_count, file);
  if (fclose(file)) return 1;

  vacc_stream_options options = {.size = sizeof options};
  require(vacc_stream_options_init(&options));
  options.shortest = 0;
  options.margin = 0.01;
  require(vacc_stream_open(model, &options, &stream));
  file = create(argv[2], "predictions");
  for (int number = 0; number < STREAM; number++) {
    vacc_picture picture = make_picture(number, memory[0]);
    vacc_prediction prediction = {.size = sizeof prediction};
    require(vacc_stream_push(stream, &picture, &prediction));
    float numbers[] = {(float)prediction.class_index, prediction.score};
    if (prediction.is_valid) fwrite(numbers, sizeof *numbers, 2, file);
  }
  return fclose(file) != 0;
}
