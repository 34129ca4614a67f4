package org.videoaccelerator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Handles that are closed, shared by threads, or forgotten. */
final class HandleTests {
  private HandleTests() {}

  static void closesInAnyOrder(TestFiles files) {
    Model model = Model.open(files.clips);
    Session session = new Session(model);
    Stream stream = new Stream(model);
    model.close();
    model.close();
    Check.refused(AcceleratorException.Status.CLOSED, model::getRecipe);
    Check.refused(AcceleratorException.Status.CLOSED, () -> new Session(model));
    session.classify(TestPictures.clip(TestPictures.Android.I420));
    session.close();
    session.close();
    Check.refused(AcceleratorException.Status.CLOSED, session::reset);
    stream.close();
    Check.refused(AcceleratorException.Status.CLOSED, () -> stream.push(TestPictures.yuv(0, TestPictures.Android.I420)));
  }

  static void threadsShareAModelButNoSession(TestFiles files) throws Exception {
    AtomicInteger successes = new AtomicInteger();
    AtomicInteger refusals = new AtomicInteger();
    AtomicInteger others = new AtomicInteger();
    try (Model model = Model.open(files.clips); Session shared = new Session(model)) {
      List<Thread> threads = new ArrayList<>();
      for (int number = 0; number < 4; number++) {
        Thread thread = new Thread(() -> {
          List<Picture> clip = TestPictures.clip(TestPictures.Android.I420);
          try (Session own = new Session(model)) {
            for (int run = 0; run < 20; run++) {
              if (!Arrays.equals(files.scores, own.classify(clip))) others.incrementAndGet();
              try {
                if (!Arrays.equals(files.scores, shared.classify(clip))) others.incrementAndGet();
                successes.incrementAndGet();
              } catch (AcceleratorException error) {
                (error.status == AcceleratorException.Status.BUSY ? refusals : others).incrementAndGet();
              }
            }
          }
        });
        thread.start();
        threads.add(thread);
      }
      for (Thread thread : threads) thread.join();
    }
    Check.same(0, others.get(), "the number of other results");
    Check.same(80, successes.get() + refusals.get(), "the number of calls");
    Check.that(successes.get() > 0, "some calls succeed");
  }

  static void staysOpenWhileItRuns(TestFiles files) throws Exception {
    try (Model model = Model.open(files.clips)) {
      Session session = new Session(model);
      Thread thread = new Thread(() -> session.profile(100));
      thread.start();
      boolean wasBusy = false;
      while (!wasBusy && thread.isAlive()) {
        try {
          session.reset();
        } catch (AcceleratorException error) {
          wasBusy = error.status == AcceleratorException.Status.BUSY;
        }
      }
      if (thread.isAlive()) Check.refused(AcceleratorException.Status.BUSY, session::close);
      thread.join();
      session.reset();
      session.close();
      Check.refused(AcceleratorException.Status.CLOSED, session::reset);
    }
  }

  static void closesWhatIsForgotten(TestFiles files) throws Exception {
    forget(files);
    for (int attempt = 0; attempt < 100 && !ForgottenHandle.open.isEmpty(); attempt++) {
      System.gc();
      Thread.sleep(50);
    }
    Check.same(0, ForgottenHandle.open.size(), "the number of open handles");
  }

  private static void forget(TestFiles files) {
    Model model = Model.open(files.clips);
    for (int number = 0; number < 20; number++) {
      new Session(model);
      new Stream(model);
    }
  }
}
