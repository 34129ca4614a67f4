// The native methods of Session.
#include <stdlib.h>

#include "binding.h"

#define METHOD(name) JNICALL Java_org_videoaccelerator_Session_##name

JNIEXPORT void METHOD(close)(JNIEnv *env, jclass class, jlong session) {
  (void)class;
  succeeded(env, vacc_session_close(HANDLE(vacc_session, session)));
}

JNIEXPORT jobject METHOD(input)(JNIEnv *env, jobject self, jlong session, jint index) {
  (void)self;
  vacc_value_info info = {.size = sizeof info};
  return new_value(env, vacc_session_get_input(HANDLE(vacc_session, session), index, &info), &info);
}

JNIEXPORT jobject METHOD(output)(JNIEnv *env, jobject self, jlong session, jint index) {
  (void)self;
  vacc_value_info info = {.size = sizeof info};
  return new_value(env, vacc_session_get_output(HANDLE(vacc_session, session), index, &info), &info);
}

JNIEXPORT void METHOD(run)(JNIEnv *env, jobject self, jlong session, jobjectArray inputs, jobjectArray outputs) {
  (void)self;
  buffers in, out;
  if (!describe_buffers(env, inputs, &in)) return;
  if (describe_buffers(env, outputs, &out)) {
    succeeded(
        env, vacc_session_run(
                 HANDLE(vacc_session, session), (const void *const *)in.addresses, in.sizes, in.count, out.addresses,
                 out.sizes, out.count));
    release_buffers(&out);
  }
  release_buffers(&in);
}

JNIEXPORT void METHOD(runPictures)(
    JNIEnv *env, jobject self, jlong session, jobjectArray pictures, jobjectArray outputs) {
  (void)self;
  buffers out;
  int32_t count;
  vacc_picture *described = describe_pictures(env, pictures, &count);
  if (!described) return;
  if (describe_buffers(env, outputs, &out)) {
    succeeded(
        env, vacc_session_run_pictures(
                 HANDLE(vacc_session, session), described, count, out.addresses, out.sizes, out.count));
    release_buffers(&out);
  }
  free(described);
}

JNIEXPORT jfloatArray METHOD(classify)(
    JNIEnv *env, jobject self, jlong session, jobjectArray pictures, jint class_count) {
  (void)self;
  int32_t count;
  vacc_picture *described = describe_pictures(env, pictures, &count);
  if (!described) return NULL;
  jfloatArray result = NULL;
  float *scores = allocate(env, (size_t)class_count, sizeof *scores);
  if (scores &&
      succeeded(env, vacc_session_classify(HANDLE(vacc_session, session), described, count, scores, class_count)))
    result = new_floats(env, scores, class_count);
  free(scores);
  free(described);
  return result;
}

JNIEXPORT void METHOD(reset)(JNIEnv *env, jobject self, jlong session) {
  (void)self;
  succeeded(env, vacc_session_reset(HANDLE(vacc_session, session)));
}

JNIEXPORT jbyteArray METHOD(save)(JNIEnv *env, jobject self, jlong session) {
  (void)self;
  size_t count = 0;
  if (!succeeded(env, vacc_session_save(HANDLE(vacc_session, session), NULL, 0, &count))) return NULL;
  void *states = allocate(env, count, 1);
  if (!states) return NULL;
  jbyteArray result = NULL;
  if (succeeded(env, vacc_session_save(HANDLE(vacc_session, session), states, count, &count)))
    result = new_bytes(env, states, count);
  free(states);
  return result;
}

JNIEXPORT void METHOD(restore)(JNIEnv *env, jobject self, jlong session, jbyteArray states) {
  (void)self;
  jbyte *bytes = (*env)->GetByteArrayElements(env, states, NULL);
  if (!bytes) return;
  vacc_status status =
      vacc_session_restore(HANDLE(vacc_session, session), bytes, (size_t)(*env)->GetArrayLength(env, states));
  (*env)->ReleaseByteArrayElements(env, states, bytes, JNI_ABORT);
  succeeded(env, status);
}

JNIEXPORT jbyteArray METHOD(profile)(JNIEnv *env, jobject self, jlong session, jint runs) {
  (void)self;
  size_t count = 0;
  if (!succeeded(env, vacc_session_profile(HANDLE(vacc_session, session), runs, NULL, 0, &count))) return NULL;
  char *text = allocate(env, count, 1);
  if (!text) return NULL;
  jbyteArray result = NULL;
  if (succeeded(env, vacc_session_profile(HANDLE(vacc_session, session), runs, text, count, &count)))
    result = text_bytes(env, text);
  free(text);
  return result;
}
