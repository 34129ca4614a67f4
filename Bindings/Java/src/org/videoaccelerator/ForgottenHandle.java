package org.videoaccelerator;

import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;

/** Closes a handle when its object is gone. This is what java.lang.ref.Cleaner does, which Android has from version 13 on. */
final class ForgottenHandle extends PhantomReference<Handle> {
  private static final ReferenceQueue<Handle> queue = new ReferenceQueue<>();
  /** Those of all open handles; a reference that is itself forgotten is never queued. */
  static final Set<ForgottenHandle> open = ConcurrentHashMap.newKeySet();

  static {
    Thread thread = new Thread(ForgottenHandle::closeAll, "forgotten handles of videoaccelerator");
    thread.setDaemon(true);
    thread.start();
  }

  private final long number;
  private final LongConsumer close;

  ForgottenHandle(Handle handle, long number, LongConsumer close) {
    super(handle, queue);
    this.number = number;
    this.close = close;
    open.add(this);
  }

  synchronized void close() {
    if (!open.contains(this)) return;
    close.accept(number);
    open.remove(this);
  }

  private static void closeAll() {
    while (true) {
      try {
        ((ForgottenHandle) queue.remove()).close();
      } catch (InterruptedException ignored) {
        // Nobody else has this thread.
      }
    }
  }
}
