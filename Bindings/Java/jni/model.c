// The native methods of Model.
#include "binding.h"

#define METHOD(name) JNICALL Java_org_videoaccelerator_Model_##name

JNIEXPORT jlong METHOD(openPath)(JNIEnv *env, jclass class, jbyteArray path) {
  (void)class;
  jbyte *bytes = (*env)->GetByteArrayElements(env, path, NULL);
  if (!bytes) return 0;
  vacc_model *model = NULL;
  vacc_status status = vacc_model_open((const char *)bytes, &model);
  (*env)->ReleaseByteArrayElements(env, path, bytes, JNI_ABORT);
  succeeded(env, status);
  return (jlong)(intptr_t)model;
}

JNIEXPORT jlong METHOD(openBytes)(JNIEnv *env, jclass class, jobject bytes) {
  (void)class;
  vacc_model *model = NULL;
  succeeded(
      env, vacc_model_open_bytes(
               (*env)->GetDirectBufferAddress(env, bytes), (size_t)(*env)->GetDirectBufferCapacity(env, bytes), &model));
  return (jlong)(intptr_t)model;
}

JNIEXPORT void METHOD(close)(JNIEnv *env, jclass class, jlong model) {
  (void)class;
  succeeded(env, vacc_model_close(HANDLE(vacc_model, model)));
}

JNIEXPORT jobject METHOD(info)(JNIEnv *env, jobject self, jlong model) {
  (void)self;
  vacc_model_info info = {.size = sizeof info};
  if (!succeeded(env, vacc_model_get_info(HANDLE(vacc_model, model), &info))) return NULL;
  jbyteArray name = text_bytes(env, info.name);
  if (!name) return NULL;
  return (*env)->NewObject(
      env, model_info_class.class, model_info_class.constructor, name, (jint)info.precision, (jint)info.input_count,
      (jint)info.output_count, (jint)info.label_count, (jint)info.state_count, (jint)info.receptive_field,
      (jint)info.delay);
}

JNIEXPORT jobject METHOD(input)(JNIEnv *env, jobject self, jlong model, jint index) {
  (void)self;
  vacc_value_info info = {.size = sizeof info};
  return new_value(env, vacc_model_get_input(HANDLE(vacc_model, model), index, &info), &info);
}

JNIEXPORT jobject METHOD(output)(JNIEnv *env, jobject self, jlong model, jint index) {
  (void)self;
  vacc_value_info info = {.size = sizeof info};
  return new_value(env, vacc_model_get_output(HANDLE(vacc_model, model), index, &info), &info);
}

JNIEXPORT jbyteArray METHOD(label)(JNIEnv *env, jobject self, jlong model, jint index) {
  (void)self;
  const char *label = NULL;
  return succeeded(env, vacc_model_get_label(HANDLE(vacc_model, model), index, &label)) ? text_bytes(env, label) : NULL;
}

JNIEXPORT jobject METHOD(recipe)(JNIEnv *env, jobject self, jlong model) {
  (void)self;
  vacc_recipe recipe = {.size = sizeof recipe};
  if (!succeeded(env, vacc_model_get_recipe(HANDLE(vacc_model, model), &recipe))) return NULL;
  jfloatArray mean = new_floats(env, recipe.mean, 3);
  if (!mean) return NULL;
  jfloatArray deviation = new_floats(env, recipe.standard_deviation, 3);
  if (!deviation) return NULL;
  return (*env)->NewObject(
      env, recipe_class.class, recipe_class.constructor, (jint)recipe.frame_count, (jint)recipe.sampling_rate,
      (jint)recipe.short_side, (jint)recipe.crop_size, mean, deviation, (jdouble)recipe.frames_per_second);
}

JNIEXPORT jlong METHOD(openSession)(
    JNIEnv *env, jobject self, jlong model, jint threads, jint precision, jint shape_count, jlongArray lengths) {
  (void)self;
  jlong *elements = (*env)->GetLongArrayElements(env, lengths, NULL);
  if (!elements) return 0;
  vacc_session_options options = {
      .size = sizeof options,
      .threads = threads,
      .precision = precision,
      .shape_count = shape_count,
      .lengths = (const int64_t *)elements,
      .length_count = (size_t)(*env)->GetArrayLength(env, lengths),
  };
  vacc_session *session = NULL;
  vacc_status status = vacc_session_open(HANDLE(vacc_model, model), &options, &session);
  (*env)->ReleaseLongArrayElements(env, lengths, elements, JNI_ABORT);
  succeeded(env, status);
  return (jlong)(intptr_t)session;
}

JNIEXPORT jlong METHOD(openStream)(
    JNIEnv *env, jobject self, jlong model, jint threads, jint precision, jint method, jint stride, jdouble window,
    jdouble margin, jdouble shortest, jdouble longest_gap) {
  (void)self;
  const vacc_stream_options options = {
      .size = sizeof options,
      .threads = threads,
      .precision = precision,
      .method = method,
      .stride = stride,
      .window = window,
      .margin = margin,
      .shortest = shortest,
      .longest_gap = longest_gap,
  };
  vacc_stream *stream = NULL;
  succeeded(env, vacc_stream_open(HANDLE(vacc_model, model), &options, &stream));
  return (jlong)(intptr_t)stream;
}
