package org.videoaccelerator;

/** Expectations of the tests. */
final class Check {
  /** The number of expectations that did not hold. */
  static int failures;

  private Check() {}

  interface Test {
    void run() throws Exception;
  }

  static void that(boolean condition, String what) {
    if (!condition) fail("not so: " + what);
  }

  static void same(Object expected, Object actual, String what) {
    if (!expected.equals(actual)) fail(what + " is " + actual + ", not " + expected);
  }

  /** The call throws the library's error, with a sentence. */
  static void refused(AcceleratorException.Status status, Test call) {
    try {
      call.run();
      fail("not refused with " + status);
    } catch (AcceleratorException error) {
      if (error.status != status || error.getMessage().isEmpty()) fail(status + " is " + error.status + ": " + error);
    } catch (Exception error) {
      fail(status + " is " + error);
    }
  }

  /** The call throws an exception of Java's. */
  static void refused(Class<? extends Exception> type, Test call) {
    try {
      call.run();
      fail("not refused with " + type);
    } catch (Exception error) {
      if (!type.isInstance(error)) fail(type + " is " + error);
    }
  }

  private static void fail(String message) {
    failures++;
    new AssertionError(message).printStackTrace();
  }
}
