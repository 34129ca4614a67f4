// Prints how much memory a model takes in a program that runs it with the C library, beside what the program had before, and how
// long opening it takes: measure_memory MODEL.accel …
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include <videoaccelerator.h>

static double resident_megabytes(void) {
  long pages = 0, resident = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file || fscanf(file, "%ld %ld", &pages, &resident) != 2) return 0;
  fclose(file);
  return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

int main(int count, char **arguments) {
  for (int index = 1; index < count; index++) {
    double before = resident_megabytes(), start = milliseconds();
    vacc_model *model;
    vacc_session *session;
    size_t length;
    if (vacc_model_open(arguments[index], &model) || vacc_session_open(model, NULL, &session)) {
      fprintf(stderr, "%s\n", vacc_last_error());
      return 1;
    }
    double opened = milliseconds();
    if (vacc_session_profile(session, 1, NULL, 0, &length)) {
      fprintf(stderr, "%s\n", vacc_last_error());
      return 1;
    }
    printf("%-24s %6.1f MB  opened in %4.0f ms\n", arguments[index], resident_megabytes() - before, opened - start);
    vacc_session_close(session);
    vacc_model_close(model);
  }
  return 0;
}
