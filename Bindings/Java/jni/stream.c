// The native methods of Stream.
#include <stdlib.h>

#include "binding.h"

#define METHOD(name) JNICALL Java_org_videoaccelerator_Stream_##name

JNIEXPORT jdoubleArray METHOD(usualOptions)(JNIEnv *env, jclass class) {
  (void)class;
  vacc_stream_options options = {.size = sizeof options};
  if (!succeeded(env, vacc_stream_options_init(&options))) return NULL;
  const jdouble usual[] = {options.window, options.margin, options.shortest, options.longest_gap};
  jdoubleArray array = (*env)->NewDoubleArray(env, 4);
  if (array) (*env)->SetDoubleArrayRegion(env, array, 0, 4, usual);
  return array;
}

JNIEXPORT void METHOD(close)(JNIEnv *env, jclass class, jlong stream) {
  (void)class;
  succeeded(env, vacc_stream_close(HANDLE(vacc_stream, stream)));
}

JNIEXPORT jobject METHOD(push)(JNIEnv *env, jobject self, jlong stream, jobject picture, jobject model) {
  (void)self;
  vacc_picture described = describe_picture(env, picture);
  vacc_prediction prediction = {.size = sizeof prediction};
  if (!succeeded(env, vacc_stream_push(HANDLE(vacc_stream, stream), &described, &prediction))) return NULL;
  if (!prediction.is_valid) return NULL;
  return (*env)->NewObject(
      env, prediction_class.class, prediction_class.constructor, model, (jint)prediction.class_index,
      (jdouble)prediction.score, (jboolean)(prediction.has_changed != 0), (jdouble)prediction.timestamp,
      (jdouble)prediction.latency);
}

static bool get_info(JNIEnv *env, jlong stream, vacc_stream_info *info) {
  *info = (vacc_stream_info){.size = sizeof *info};
  return succeeded(env, vacc_stream_get_info(HANDLE(vacc_stream, stream), info));
}

JNIEXPORT jfloatArray METHOD(scores)(JNIEnv *env, jobject self, jlong stream) {
  (void)self;
  vacc_stream_info info;
  if (!get_info(env, stream, &info)) return NULL;
  float *scores = allocate(env, (size_t)info.class_count, sizeof *scores);
  if (!scores) return NULL;
  jfloatArray result = NULL;
  if (succeeded(env, vacc_stream_get_scores(HANDLE(vacc_stream, stream), scores, info.class_count)))
    result = new_floats(env, scores, info.class_count);
  free(scores);
  return result;
}

JNIEXPORT jobject METHOD(info)(JNIEnv *env, jobject self, jlong stream) {
  (void)self;
  vacc_stream_info info;
  if (!get_info(env, stream, &info)) return NULL;
  return (*env)->NewObject(
      env, stream_info_class.class, stream_info_class.constructor, (jint)info.method, (jint)info.class_count,
      (jint)info.warm_up_frames, (jint)info.stride, (jint)info.delay, (jdouble)info.frame_interval, (jlong)info.frames,
      (jlong)info.sampled, (jlong)info.skipped, (jlong)info.repeated, (jlong)info.predictions, (jlong)info.changes,
      (jlong)info.resets, (jlong)info.jumps, (jlong)info.size_changes, (jlong)info.failures);
}

JNIEXPORT void METHOD(reset)(JNIEnv *env, jobject self, jlong stream) {
  (void)self;
  succeeded(env, vacc_stream_reset(HANDLE(vacc_stream, stream)));
}

JNIEXPORT jbyteArray METHOD(save)(JNIEnv *env, jobject self, jlong stream) {
  (void)self;
  size_t count = 0;
  if (!succeeded(env, vacc_stream_save(HANDLE(vacc_stream, stream), NULL, 0, &count))) return NULL;
  void *state = allocate(env, count, 1);
  if (!state) return NULL;
  jbyteArray result = NULL;
  if (succeeded(env, vacc_stream_save(HANDLE(vacc_stream, stream), state, count, &count)))
    result = new_bytes(env, state, count);
  free(state);
  return result;
}

JNIEXPORT void METHOD(restore)(JNIEnv *env, jobject self, jlong stream, jbyteArray state) {
  (void)self;
  jbyte *bytes = (*env)->GetByteArrayElements(env, state, NULL);
  if (!bytes) return;
  vacc_status status =
      vacc_stream_restore(HANDLE(vacc_stream, stream), bytes, (size_t)(*env)->GetArrayLength(env, state));
  (*env)->ReleaseByteArrayElements(env, state, bytes, JNI_ABORT);
  succeeded(env, status);
}
