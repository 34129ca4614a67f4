#include "binding.h"

#include <stdlib.h>
#include <string.h>

#define NAME(class) "org/videoaccelerator/" class

made_class exception_class = {.name = NAME("AcceleratorException"), .signature = "(I[B)V"};
made_class model_info_class = {.name = NAME("Model$Info"), .signature = "([BIIIIIII)V"};
made_class value_class = {.name = NAME("Value"), .signature = "([BIZ[J)V"};
made_class recipe_class = {.name = NAME("Recipe"), .signature = "(IIII[F[FD)V"};
made_class prediction_class = {
    .name = NAME("StreamPrediction"), .signature = "(L" NAME("Model") ";IFZDD)V"};
made_class stream_info_class = {.name = NAME("StreamInfo"), .signature = "(IIIIIDJJJJJJJJJJ)V"};

static bool find(JNIEnv *env, made_class *class) {
  jclass found = (*env)->FindClass(env, class->name);
  if (!found) return false;
  class->class = (*env)->NewGlobalRef(env, found);
  (*env)->DeleteLocalRef(env, found);
  if (!class->class) return false;
  class->constructor = (*env)->GetMethodID(env, class->class, "<init>", class->signature);
  return class->constructor;
}

JNIEXPORT jint JNI_OnLoad(JavaVM *machine, void *reserved) {
  (void)reserved;
  JNIEnv *env;
  if ((*machine)->GetEnv(machine, (void **)&env, JNI_VERSION_1_6)) return JNI_ERR;
  // An older library, which has not all that the binding calls.
  if (vacc_interface_version() < VACC_INTERFACE_VERSION) return JNI_ERR;
  made_class *classes[] = {
      &exception_class, &model_info_class, &value_class, &recipe_class, &prediction_class, &stream_info_class};
  for (size_t index = 0; index < sizeof classes / sizeof *classes; index++)
    if (!find(env, classes[index])) return JNI_ERR;
  return find_picture_fields(env) ? JNI_VERSION_1_6 : JNI_ERR;
}

bool succeeded(JNIEnv *env, vacc_status status) {
  if (status == VACC_OK) return true;
  jbyteArray message = text_bytes(env, vacc_last_error());
  if (!message) return false;
  jthrowable error =
      (*env)->NewObject(env, exception_class.class, exception_class.constructor, (jint)status, message);
  if (error) (*env)->Throw(env, error);
  return false;
}

void *allocate(JNIEnv *env, size_t count, size_t size) {
  // A null pointer to no elements would look like an error.
  void *memory = calloc(count ? count : 1, size);
  if (memory) return memory;
  jclass error = (*env)->FindClass(env, "java/lang/OutOfMemoryError");
  if (error) (*env)->ThrowNew(env, error, "no memory outside of the heap");
  return NULL;
}

jbyteArray text_bytes(JNIEnv *env, const char *text) { return new_bytes(env, text, strlen(text)); }

jbyteArray new_bytes(JNIEnv *env, const void *bytes, size_t count) {
  jbyteArray array = (*env)->NewByteArray(env, (jsize)count);
  if (array) (*env)->SetByteArrayRegion(env, array, 0, (jsize)count, bytes);
  return array;
}

jfloatArray new_floats(JNIEnv *env, const float *values, jsize count) {
  jfloatArray array = (*env)->NewFloatArray(env, count);
  if (array) (*env)->SetFloatArrayRegion(env, array, 0, count, values);
  return array;
}

jobject new_value(JNIEnv *env, vacc_status status, const vacc_value_info *info) {
  if (!succeeded(env, status)) return NULL;
  jbyteArray name = text_bytes(env, info->name);
  if (!name) return NULL;
  jlongArray shape = (*env)->NewLongArray(env, info->rank);
  if (!shape) return NULL;
  (*env)->SetLongArrayRegion(env, shape, 0, info->rank, (const jlong *)info->shape);
  return (*env)->NewObject(
      env, value_class.class, value_class.constructor, name, (jint)info->element_type, (jboolean)(info->is_clip != 0),
      shape);
}

bool describe_buffers(JNIEnv *env, jobjectArray array, buffers *result) {
  jsize count = (*env)->GetArrayLength(env, array);
  *result = (buffers){.count = count};
  result->addresses = allocate(env, (size_t)count, sizeof *result->addresses);
  if (!result->addresses) return false;
  result->sizes = allocate(env, (size_t)count, sizeof *result->sizes);
  if (!result->sizes) {
    release_buffers(result);
    return false;
  }
  for (jsize index = 0; index < count; index++) {
    jobject buffer = (*env)->GetObjectArrayElement(env, array, index);
    result->addresses[index] = (*env)->GetDirectBufferAddress(env, buffer);
    result->sizes[index] = (size_t)(*env)->GetDirectBufferCapacity(env, buffer);
    (*env)->DeleteLocalRef(env, buffer);
  }
  return true;
}

void release_buffers(buffers *described) {
  free(described->addresses);
  free(described->sizes);
}
