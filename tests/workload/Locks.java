// SPDX-License-Identifier: GPL-2.0-or-later
// Waits for Java's locks whose truth is known, as locks.c has it for pthreads':
//
//   java Locks monitor|reentrant THREADS SECONDS HOLD_US
//
// All threads take the lock, sleep, give it back, pause. Prints what locks.c prints: the waits (of the
// monitor: all its turns), less what of them the threads were let go already and waited for a CPU.
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

public class Locks {
    static final Object MONITOR = new Object();
    static final ReentrantLock REENTRANT = new ReentrantLock();
    static final Path SCHEDSTAT = Path.of("/proc/thread-self/schedstat");
    static volatile boolean over;

    final long hold;
    final List<Long> waits = new ArrayList<>();
    long late;

    Locks(long hold) {
        this.hold = hold;
    }

    // How long the thread has waited for a CPU so far.
    static long runDelay() {
        try {
            return Long.parseLong(Files.readString(SCHEDSTAT).trim().split(" ")[1]);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static void workWithLock(long ns) {
        try {
            Thread.sleep(ns / 1000000, (int) (ns % 1000000));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    void waited(long from, long delay) {
        waits.add(System.nanoTime() - from);
        late += runDelay() - delay;
    }

    void takeMonitor() {
        long delay = runDelay();
        long from = System.nanoTime();
        synchronized (MONITOR) { // which cannot be asked first
            waited(from, delay);
            workWithLock(hold);
        }
    }

    void takeReentrant() {
        if (!REENTRANT.tryLock()) {
            long delay = runDelay();
            long from = System.nanoTime();
            REENTRANT.lock();
            waited(from, delay);
        }
        workWithLock(hold);
        REENTRANT.unlock();
    }

    void run(boolean monitor, long pause) {
        while (!over) {
            if (monitor)
                takeMonitor();
            else
                takeReentrant();
            workWithLock(pause);
        }
    }

    public static void main(String[] args) throws Exception {
        boolean monitor = args[0].equals("monitor");
        int n = Integer.parseInt(args[1]);
        long hold = 1000 * Long.parseLong(args[3]);
        List<Locks> all = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();

        runDelay(); // all that it needs is loaded
        for (int i = 0; i < n; i++) {
            Locks own = new Locks(hold);
            long pause = hold / 4 + 50000L * i;
            all.add(own);
            threads.add(new Thread(() -> own.run(monitor, pause), "worker-" + i));
        }
        for (Thread t : threads)
            t.start();
        Thread.sleep(1000 * Long.parseLong(args[2]));
        over = true;
        for (Thread t : threads)
            t.join();
        long ns = 0, waits = 0;
        for (Locks own : all) {
            ns -= own.late;
            waits += own.waits.size();
            for (long wait : own.waits)
                ns += wait;
        }
        System.out.printf("class\t%s\twaits\t%d\tns\t%d%n", args[0], waits, ns);
    }
}
