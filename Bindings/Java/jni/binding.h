// What the binding's files share. A function of a native method converts its arguments, calls a function of the C library, and
// converts its results, or throws what went wrong.
#ifndef BINDING_H
#define BINDING_H

#include <jni.h>
#include <stdbool.h>
#include <videoaccelerator.h>

// The library's handle that an object has.
#define HANDLE(type, number) ((type *)(intptr_t)(number))

// A class whose objects the binding makes, and its constructor.
typedef struct {
  const char *name;
  const char *signature;
  jclass class;
  jmethodID constructor;
} made_class;

extern made_class exception_class, model_info_class, value_class, recipe_class, prediction_class, stream_info_class;

// Finds the fields of pictures. Returns false with an exception.
bool find_picture_fields(JNIEnv *env);

// Returns whether a call has succeeded; throws its error if not.
bool succeeded(JNIEnv *env, vacc_status status);

// Returns memory for elements, which are 0; null with an exception if there is none.
void *allocate(JNIEnv *env, size_t count, size_t size);

// Returns an array of a text's bytes, or of any bytes; null with an exception if there is no memory.
jbyteArray text_bytes(JNIEnv *env, const char *text);
jbyteArray new_bytes(JNIEnv *env, const void *bytes, size_t count);

// Returns an array of floats; null with an exception if there is no memory.
jfloatArray new_floats(JNIEnv *env, const float *values, jsize count);

// Returns a Value; null with an exception if the call has failed.
jobject new_value(JNIEnv *env, vacc_status status, const vacc_value_info *info);

// The memory of direct buffers.
typedef struct {
  int32_t count;
  void **addresses;
  size_t *sizes;
} buffers;

// Describes the memory of an array of direct buffers; release_buffers releases the description. Returns false with an exception
// if there is no memory.
bool describe_buffers(JNIEnv *env, jobjectArray array, buffers *result);
void release_buffers(buffers *described);

// Describes a Picture.
vacc_picture describe_picture(JNIEnv *env, jobject picture);

// Describes an array of Pictures, in memory that the caller frees; null with an exception if there is none.
vacc_picture *describe_pictures(JNIEnv *env, jobjectArray pictures, int32_t *count);

#endif
