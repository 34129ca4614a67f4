/**
 * Runs video networks fast on CPUs, in fp32, fp16 and int8.
 *
 * <pre>{@code
 * try (Model model = Model.open("x3d_s.accel"); Stream stream = new Stream(model)) {
 *   StreamPrediction prediction = stream.push(picture);  // a camera's; null until there is a prediction
 *   if (prediction != null && prediction.hasChanged) show(prediction.label);
 * }
 * }</pre>
 *
 * <p>{@link org.videoaccelerator.Model} opens an {@code .accel} file, which {@code accelerator deploy} writes. A
 * {@link org.videoaccelerator.Classifier} classifies clips of pictures, a {@link org.videoaccelerator.Stream} a camera's pictures
 * as they come, and a {@link org.videoaccelerator.Session} takes tensors, too.
 *
 * <p>Memory is that of direct byte buffers, which are not copied, from their position to their limit.
 *
 * <p>All methods can be called from any thread. A model can be used by several threads at once; a session, classifier or stream by
 * one at a time: a call that comes meanwhile throws an {@link org.videoaccelerator.AcceleratorException} with
 * {@link org.videoaccelerator.AcceleratorException.Status#BUSY}. All are closed, in any order; what is forgotten is closed after
 * the garbage collector found it.
 */
package org.videoaccelerator;
