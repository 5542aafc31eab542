//! A workload in Rust: how many steps the Collatz sequences of numbers take. The structs are those of fanout/plugin.h.
//!
//! rustc -O --crate-type=cdylib collatz.rs && fanout run libcollatz.so
use std::os::raw::{c_char, c_int, c_void};
use std::ptr::{null, read_volatile};
use std::slice::{from_raw_parts, from_raw_parts_mut};

#[repr(C)]
struct Parameter {
    size: u32,
    texts: [*const c_char; 9], // name, help, type, standard, min, max, choices, unit, role
}
#[repr(C)]
pub struct Value {
    name: *const c_char,
    text: *const c_char,
    number: i64,
}
#[repr(C)]
pub struct Values {
    all: *const Value,
    count: usize,
}
#[repr(C)]
pub struct Work {
    weight: *const u64,
    tasks: usize,
    width: usize,
}
#[repr(C)]
struct Workload {
    size: u32,
    name: *const c_char,
    help: *const c_char,
    waits: c_int,
    parameters: *const *const Parameter,
    build: extern "C" fn(*const Values, u64, *mut *mut Work) -> c_int,
    run: extern "C" fn(*const c_void, usize, usize, *mut u64) -> c_int,
    expected: Option<extern "C" fn(*const Work, *mut u64) -> c_int>,
    destroy: extern "C" fn(*mut Work),
}
#[repr(C)]
pub struct Plugin {
    size: u32,
    version: [u32; 2],
    workloads: *const *const Workload,
    executors: *const *const c_void,
}
struct Fixed<T>(T); // what is given out stays as it is, so that threads may share it
unsafe impl<T> Sync for Fixed<T> {}

fn steps(mut number: u64) -> u64 {
    let mut count = 0;
    while number > 1 {
        number = if number % 2 == 0 { number / 2 } else { 3 * number + 1 };
        count += 1;
    }
    count
}

extern "C" fn build(values: *const Values, _seed: u64, made: *mut *mut Work) -> c_int {
    unsafe {
        let tasks = from_raw_parts((*values).all, (*values).count)[0].number as usize;
        *made = Box::into_raw(Box::new(Work { weight: null(), tasks, width: 1 }));
    }
    0
}

extern "C" fn run(work: *const c_void, first: usize, last: usize, out: *mut u64) -> c_int {
    unsafe {
        let weight = read_volatile((*(work as *const Work)).weight);
        for (word, task) in from_raw_parts_mut(out, last - first).iter_mut().zip(first..) {
            *word = word.wrapping_add(steps(task as u64).wrapping_add(weight));
        }
    }
    0
}

extern "C" fn destroy(work: *mut Work) {
    drop(unsafe { Box::from_raw(work) })
}

const fn text(with_null: &'static [u8]) -> *const c_char {
    with_null.as_ptr() as *const c_char
}

static TASKS: Fixed<Parameter> = Fixed(Parameter {
    size: std::mem::size_of::<Parameter>() as u32,
    texts: [
        text(b"tasks\0"), text(b"numbers from 0 on\0"), text(b"count\0"), text(b"10000\0"), text(b"0\0"),
        text(b"1000000\0"), null(), text(b"tasks\0"), text(b"tasks\0"),
    ],
});
static PARAMETERS: Fixed<[*const Parameter; 2]> = Fixed([&TASKS.0, null()]);
static WORKLOAD: Fixed<Workload> = Fixed(Workload {
    size: std::mem::size_of::<Workload>() as u32,
    name: text(b"collatz\0"),
    help: text(b"steps of Collatz sequences, in Rust\0"),
    waits: 0,
    parameters: &PARAMETERS.0 as *const _,
    build,
    run,
    expected: None, // one serial run is the specification
    destroy,
});
static WORKLOADS: Fixed<[*const Workload; 2]> = Fixed([&WORKLOAD.0, null()]);
static PLUGIN: Fixed<Plugin> = Fixed(Plugin {
    size: std::mem::size_of::<Plugin>() as u32,
    version: [0, 1],
    workloads: &WORKLOADS.0 as *const _,
    executors: null(),
});

#[no_mangle]
pub extern "C" fn fanout_plugin_entry(_host: *const c_void) -> *const Plugin {
    &PLUGIN.0
}
