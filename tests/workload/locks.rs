// SPDX-License-Identifier: GPL-2.0-or-later
// Waits for Rust's locks whose truth is known, as locks.c has it for pthreads':
//
//   locks-rust CLASS THREADS SECONDS HOLD_US
//
// mutex, rwlock (written): all threads take THE_MUTEX or THE_RWLOCK, sleep, give it back, pause.
// condvar: the first thread lets something happen for which the others wait. Prints what locks.c
// prints: what was waited, less what of it the threads were let go already and waited for a CPU.
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Condvar, Mutex, RwLock};
use std::thread;
use std::time::{Duration, Instant};

static THE_MUTEX: Mutex<u64> = Mutex::new(0);
static THE_RWLOCK: RwLock<u64> = RwLock::new(0);
static THE_CONDVAR: Behind = Behind { word: u32::MAX, condvar: Condvar::new() };
static ROUND: Mutex<u64> = Mutex::new(0);
static HAPPENED: AtomicU64 = AtomicU64::new(0);
static OVER: AtomicBool = AtomicBool::new(false);

// What is in front of the condition looks like a RwLock that is written.
#[repr(C, align(8))]
struct Behind {
    word: u32,
    condvar: Condvar,
}

#[derive(Clone, Copy)]
struct Span {
    from: u64,
    until: u64,
    waited: u64, // since when the turn was waited for; 0: it was not
    tid: u64,
}

#[derive(Default)]
struct Seen {
    tid: u64,
    waits: Vec<Span>,
    turns: Vec<Span>,
    late: u64,
}

fn numbers(path: &str) -> Vec<u64> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

// How long the thread has waited for a CPU so far.
fn run_delay() -> u64 {
    numbers("/proc/thread-self/schedstat").get(1).copied().unwrap_or(0)
}

fn own_tid() -> u64 {
    let link = fs::read_link("/proc/thread-self").unwrap();
    link.file_name().unwrap().to_str().unwrap().parse().unwrap()
}

struct Clock(Instant);

impl Clock {
    fn now(&self) -> u64 {
        self.0.elapsed().as_nanos() as u64 + 1
    }
}

#[inline(never)]
fn work_with_lock(hold: Duration) {
    thread::sleep(hold);
}

// One turn; `taken` is asked for the lock without waiting, `take` waits for it.
fn turn<G>(
    clock: &Clock,
    seen: &mut Seen,
    hold: Duration,
    taken: impl Fn() -> Option<G>,
    take: impl Fn() -> G,
) {
    let mut waited = 0;
    let guard = taken().unwrap_or_else(|| {
        let delay = run_delay();
        let from = clock.now();
        let guard = take();
        let until = clock.now();
        seen.late += run_delay() - delay;
        seen.waits.push(Span { from, until, waited: 0, tid: seen.tid });
        waited = from;
        guard
    });
    let from = clock.now();
    work_with_lock(hold);
    seen.turns.push(Span { from, until: clock.now(), waited, tid: seen.tid });
    drop(guard);
}

#[inline(never)]
fn turn_mutex(clock: &Clock, seen: &mut Seen, hold: Duration) {
    turn(clock, seen, hold, || THE_MUTEX.try_lock().ok(), || THE_MUTEX.lock().unwrap());
}

#[inline(never)]
fn turn_rwlock(clock: &Clock, seen: &mut Seen, hold: Duration) {
    turn(clock, seen, hold, || THE_RWLOCK.try_write().ok(), || THE_RWLOCK.write().unwrap());
}

#[inline(never)]
fn wait_for_it(clock: &Clock, seen: &mut Seen) {
    let mut round = ROUND.lock().unwrap();
    let (before, from) = (*round, clock.now());
    while *round == before && !OVER.load(SeqCst) {
        round = THE_CONDVAR.condvar.wait(round).unwrap();
    }
    let until = HAPPENED.load(SeqCst);
    if until > from {
        seen.waits.push(Span { from, until, waited: 0, tid: seen.tid });
    }
}

fn happen(clock: &Clock, hold: Duration) {
    thread::sleep(hold);
    *ROUND.lock().unwrap() += 1;
    HAPPENED.store(clock.now(), SeqCst);
    THE_CONDVAR.condvar.notify_all();
}

fn run(class: &str, index: u64, clock: &Clock, hold: Duration) -> Seen {
    let mut seen = Seen { tid: own_tid(), ..Default::default() };
    let pause = hold / 4 + Duration::from_micros(50 * index);
    while !OVER.load(SeqCst) {
        match class {
            "mutex" => turn_mutex(clock, &mut seen, hold),
            "rwlock" => turn_rwlock(clock, &mut seen, hold),
            _ if index == 0 => happen(clock, hold),
            _ => wait_for_it(clock, &mut seen),
        }
        if class != "condvar" {
            thread::sleep(pause);
        }
    }
    drop(ROUND.lock()); // who has not seen that it is over waits by now
    THE_CONDVAR.condvar.notify_all();
    seen
}

fn overlap(a: &Span, b: &Span) -> u64 {
    a.until.min(b.until).saturating_sub(a.from.max(b.from))
}

fn print_truth(class: &str, all: &[Seen]) {
    let waits: Vec<Span> = all.iter().flat_map(|s| s.waits.clone()).collect();
    let mut turns: Vec<Span> = all.iter().flat_map(|s| s.turns.clone()).collect();
    let late: u64 = all.iter().map(|s| s.late).sum();
    let ns: u64 = waits.iter().map(|w| w.until - w.from).sum();
    println!("class\t{}\twaits\t{}\tns\t{}", class, waits.len(), ns - late);
    turns.sort_by_key(|t| t.from);
    for i in 1..turns.len() {
        // A turn that was waited for begins when the lock is given, not when that thread runs.
        let given = turns[i - 1].until;
        if turns[i].waited != 0 && turns[i].waited < given {
            turns[i].from = given;
        }
    }
    for seen in all.iter().filter(|_| class != "condvar") {
        let own = turns.iter().filter(|t| t.tid == seen.tid);
        let held: u64 = own.map(|t| waits.iter().map(|w| overlap(w, t)).sum::<u64>()).sum();
        println!("holder\t{}\t{}", seen.tid, held);
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let class: &'static str = Box::leak(args[1].clone().into_boxed_str());
    let (threads, seconds): (u64, u64) = (args[2].parse().unwrap(), args[3].parse().unwrap());
    let hold = Duration::from_micros(args[4].parse().unwrap());
    assert!(THE_CONDVAR.word == u32::MAX);
    let clock: &'static Clock = Box::leak(Box::new(Clock(Instant::now())));
    let workers: Vec<_> = (0..threads)
        .map(|index| {
            let named = thread::Builder::new().name(format!("worker-{}", index));
            named.spawn(move || run(class, index, clock, hold)).unwrap()
        })
        .collect();
    thread::sleep(Duration::from_secs(seconds));
    OVER.store(true, SeqCst);
    let all: Vec<Seen> = workers.into_iter().map(|w| w.join().unwrap()).collect();
    print_truth(class, &all);
}
