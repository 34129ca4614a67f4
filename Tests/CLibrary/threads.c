#include <pthread.h>

#include "test.h"

enum { THREADS = 4, RUNS = 20, CLASSES = 64 };

static vacc_model *model;
static vacc_session *shared;
static int32_t class_count;

typedef struct {
  pthread_t thread;
  // Whether the thread uses the session of all instead of one of its own.
  int is_shared;
  int successes, refusals, others;
  float scores[CLASSES];
} worker;

static void *work(void *argument) {
  worker *self = argument;
  vacc_session *session = shared;
  if (!self->is_shared && vacc_session_open(model, NULL, &session)) return NULL;
  uint8_t *memory;
  vacc_picture picture = make_picture(64, 48, 5, &memory);
  for (int run = 0; run < RUNS; run++) {
    vacc_status status = vacc_session_classify(session, &picture, 1, self->scores, class_count);
    if (status == VACC_OK) self->successes++;
    else if (status == VACC_BUSY && strstr(vacc_last_error(), "thread")) self->refusals++;
    else self->others++;
  }
  free(memory);
  if (!self->is_shared) vacc_session_close(session);
  return NULL;
}

void test_threads(const char *path) {
  EXPECT_STATUS(VACC_OK, vacc_model_open(path, &model));
  vacc_model_info info = {.size = sizeof info};
  EXPECT_STATUS(VACC_OK, vacc_model_get_info(model, &info));
  class_count = info.label_count;
  EXPECT_STATUS(VACC_OK, vacc_session_open(model, NULL, &shared));
  for (int is_shared = 0; is_shared < 2; is_shared++) {
    worker workers[THREADS] = {0};
    for (int index = 0; index < THREADS; index++) {
      workers[index].is_shared = is_shared;
      if (pthread_create(&workers[index].thread, NULL, work, &workers[index])) abort();
    }
    for (int index = 0; index < THREADS; index++) pthread_join(workers[index].thread, NULL);
    int successes = 0;
    for (int index = 0; index < THREADS; index++) {
      successes += workers[index].successes;
      EXPECT(workers[index].others == 0);
      EXPECT(is_shared || workers[index].successes == RUNS);
      EXPECT(is_shared || !memcmp(workers[index].scores, workers[0].scores, sizeof workers[0].scores));
    }
    EXPECT(successes > 0);
  }
  EXPECT_STATUS(VACC_OK, vacc_session_close(shared));
  EXPECT_STATUS(VACC_OK, vacc_model_close(model));
}
