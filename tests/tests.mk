# SPDX-License-Identifier: GPL-2.0-or-later
# The test layers; the Makefile includes it. Each layer closes with "N passed, N failed, N skipped".

TESTS_O	:= $(O)/tests
COUNTS	?=
FUZZ_SECONDS ?= 600
RUN	= O='$(O)' COUNTS='$(COUNTS)' tests/run.sh

LAYERS	:= check unit host oracle golden live container vm web fuzz

.PHONY: test $(LAYERS) bench long soak image
.PHONY: unit-programs host-programs golden-programs live-programs check-programs fuzz-programs

test: ## run every layer of tests
	@$(SUBMAKE) test-deps
	@$(BUILD_ALL) all
	@mkdir -p $(TESTS_O) && rm -f $(TESTS_O)/counts
	@for layer in $(LAYERS); do \
		echo "== $$layer"; \
		FUZZ_SECONDS=$${FUZZ_SECONDS:-3} $(SUBMAKE) $$layer COUNTS=$(TESTS_O)/counts || :; \
	done
	@echo "== total"
	@COUNTS=$(TESTS_O)/counts tests/run.sh --total $(LAYERS)

# --- unit and host: C programs, under the address and undefined-behaviour sanitizers ------------

UNIT	:= $(patsubst tests/%.c,$(TESTS_O)/%,$(wildcard tests/unit/test_*.c))
HOST	:= $(patsubst tests/%.c,$(TESTS_O)/%,$(wildcard tests/host/test_*.c))
SANITIZED = $(BUILD_ALL) O='$(O)/san' SANITIZE=address,undefined

# Leaks are failures too. A sanitizer's finding ends the test.
SANITIZER_OPTIONS = ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 \
		    UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1

unit: ## unit tests of every user module, under ASan and UBSan
	@$(SANITIZED) unit-programs
	@$(SANITIZER_OPTIONS) $(RUN) -l unit $(UNIT:$(O)/%=$(O)/san/%)

unit-programs: $(UNIT)

$(TESTS_O)/unit/%: tests/unit/%.c $(LIB)
	$(call msg,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(WARNINGS) -Itests/unit -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< $(LIB) \
		-lcmocka $(LDLIBS)

host: ## tests of the BPF code compiled for the host, under ASan and UBSan
	@$(SANITIZED) host-programs
	@$(SANITIZER_OPTIONS) $(RUN) -l host $(HOST:$(O)/%=$(O)/san/%)

host-programs: $(HOST)

$(TESTS_O)/host/%: tests/host/%.c
	$(call msg,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE $(CFLAGS) $(SANFLAGS) -Wall -Wextra -Itests/host/include \
		-Ibpf -Ivmlinux -Iinclude -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< -lcmocka -lm

# --- oracle: unwind tables against elfutils' libdw --------------------------------------------------

oracle: $(TESTS_O)/oracle/oracle ## unwind tables, each row compared with libdw
	@ORACLE='$(TESTS_O)/oracle/oracle' $(RUN) -t 300 tests/oracle/run.sh

$(TESTS_O)/oracle/oracle: tests/oracle/oracle.c tests/oracle/frame.c $(wildcard tests/oracle/*.h) $(LIB)
	$(call msg,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) -Wall -Wextra -Ibpf $(LDFLAGS) -o $@ $(filter %.c,$^) $(LIB) -ldw \
		$(LDLIBS)

# --- instant: the walk compared with elfutils' at the same instant (used by tests/live/unwind-*) ----

INSTANT_O := $(TESTS_O)/instant
INSTANT := $(INSTANT_O)/instant $(INSTANT_O)/calls

# The walker, compiled for the host as in the host tests.
$(INSTANT_O)/walker.o: tests/instant/walker.c $(O)/flags
	$(call msg,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE $(CFLAGS) -Wall -Wextra -Itests/host/include -Itests/host \
		-Iuser -Ibpf -Ivmlinux -Iinclude -MMD -MP -c -o $@ $<

$(INSTANT_O)/%.o: tests/instant/%.c $(O)/flags | $(LIB)
	$(call msg,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(WARNINGS) -MMD -MP -c -o $@ $<

$(INSTANT_O)/instant: $(patsubst %,$(INSTANT_O)/%.o,instant binaries maps oracle sampler compare walker) $(LIB)
	$(call msg,TEST,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(LIB) -ldw $(LDLIBS)

$(INSTANT_O)/calls: $(INSTANT_O)/calls.o $(LIB)
	$(call msg,TEST,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(LIB) $(LDLIBS)

# --- golden: a kept model, every output ---------------------------------------------------------

# A script of tests/golden builds its own small programs against the library.
golden: all golden-programs ## every output of a kept recording, compared with what is expected
	@$(RUN) -t 180 golden

golden-programs: $(LIB)

# --- live: workloads of known truth on this kernel ----------------------------------------------

WORKLOAD_O := $(TESTS_O)/workload
WORKLOADS := $(filter-out $(WORKLOAD_O)/libburn,$(patsubst tests/%.c,$(TESTS_O)/%,\
	     $(wildcard tests/workload/*.c))) $(WORKLOAD_O)/libburn.so $(WORKLOAD_O)/waits \
	     $(if $(shell command -v go 2>/dev/null),$(WORKLOAD_O)/burn-go)
# Without -g: DWARF would name the loop that is inlined into the function that burns.
WORKLOAD_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O1 -fno-omit-frame-pointer \
		   -fno-optimize-sibling-calls -fno-common -Wall -Wextra

live: all live-programs ## workloads of known truth on the running kernel (root)
	@$(if $(CI),HOSTPROF_NO_SKIP=1) $(RUN) -t 60 live

long: all live-programs ## what windows below --max-overhead tell, against all of it (root)
	@$(RUN) -t 300 long

soak: all live-programs ## ten minutes of a million allocations a second (root)
	@SOAK_SECONDS=$${SOAK_SECONDS:-600} $(RUN) -t $$(($${SOAK_SECONDS:-600} + 60)) tests/live/heap-soak.sh

live-programs: $(WORKLOADS) $(INSTANT)

$(WORKLOAD_O)/libburn.so: tests/workload/libburn.c tests/workload/workload.h tests/tests.mk
	$(call msg,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(WORKLOAD_CFLAGS) -shared -fPIC -o $@ $<

$(WORKLOAD_O)/waits: $(wildcard tests/workload/waits/*.[ch]) tests/workload/workload.h tests/tests.mk
	$(call msg,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(WORKLOAD_CFLAGS) -pthread -o $@ $(filter %.c,$^)

$(WORKLOAD_O)/burn-go: tests/workload/burn.go
	$(call msg,TEST,$@)
	@mkdir -p $(@D)
	$(Q)GOPROXY=off GO111MODULE=off go build -o $@ $<

$(WORKLOAD_O)/%: tests/workload/%.c tests/workload/workload.h tests/tests.mk
	$(call msg,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(WORKLOAD_CFLAGS) -pthread -o $@ $< -ldl

image: all $(addprefix $(TESTS_O)/container/,spin) $(WORKLOADS) ## every step of .deploy/Dockerfile, and what it makes (root)
	@IMAGE_WHOLE=1 $(RUN) -l container -t 900 tests/container/image.sh

# --- container: real engines, started by the tests ------------------------------------------------

container: all $(addprefix $(TESTS_O)/container/,spin hoard) ## containers of real engines (root)
	@$(RUN) -t 500 container

$(TESTS_O)/container/%: tests/container/%.c
	$(call msg,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O1 -static -Wall -Wextra -o $@ $<

# --- web: the page in a browser -------------------------------------------------------------------

web: all $(LIB) ## report.html in headless Chromium
	@$(RUN) -t 300 tests/web/run.sh

# --- vm: other kernels ---------------------------------------------------------------------------

vm: all live-programs ## the short live list on Debian's 6.1 kernel, in QEMU
	@$(RUN) -t 400 tests/vm/vm.sh

# --- check: rules that a program can see ---------------------------------------------------------

check: check-programs ## layers, sizes, format, scripts, kernel types
	@CLANG='$(CLANG)' $(RUN) -t 120 check

check-programs: $(TESTS_O)/check/btf

$(TESTS_O)/check/btf: tests/check/btf.c
	$(call msg,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE $(CFLAGS) -Wall -Wextra $(INCLUDES) -o $@ $< -lbpf -lelf -lz

# --- fuzz: parsers of outside bytes --------------------------------------------------------------

FUZZ	:= $(patsubst tests/%.c,$(TESTS_O)/%,$(wildcard tests/fuzz/fuzz_*.c))

# libFuzzer is clang's; the distribution's default clang has the runtime.
fuzz: ## every parser of outside bytes, FUZZ_SECONDS each (600; `make test`: 3)
	@$(BUILD_ALL) O='$(O)/fuzz' CC='$(CLANG)' SANITIZE=fuzzer-no-link,address,undefined fuzz-programs
	@FUZZ_SECONDS=$(FUZZ_SECONDS) \
		$(RUN) -l fuzz -t $$(($(FUZZ_SECONDS) + 60)) $(FUZZ:$(O)/%=$(O)/fuzz/%.sh)

fuzz-programs: $(FUZZ) $(FUZZ:=.sh)

$(TESTS_O)/fuzz/%: tests/fuzz/%.c $(LIB)
	$(call msg,FUZZ,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) -fsanitize=fuzzer -MMD -MP -MF $@.d -o $@ $< $(LIB) $(LDLIBS)

# Inputs are found in corpus-NAME, which starts with those kept in tests/fuzz/corpus/NAME and those
# that tests/fuzz/seed_NAME.sh makes.
$(TESTS_O)/fuzz/%.sh: tests/tests.mk
	@mkdir -p $(@D)
	@printf '%s\n' '#!/bin/sh' 'cd "$$(dirname "$$0")" || exit 1' 'mkdir -p corpus-$*' \
		'kept=$(CURDIR)/tests/fuzz/corpus/$(*:fuzz_%=%)' \
		'seed=$(CURDIR)/tests/fuzz/seed_$(*:fuzz_%=%).sh' \
		'[ ! -x "$$seed" ] || "$$seed" corpus-$* || exit 1' \
		'[ -d "$$kept" ] || kept=' \
		'exec ./$* -max_total_time="$$FUZZ_SECONDS" -timeout=10 -rss_limit_mb=2048 \' \
		'	-error_exitcode=1 -artifact_prefix=./$*- -print_final_stats=1 corpus-$* $$kept' >$@
	@chmod +x $@

# --- bench: costs, no pass or fail ---------------------------------------------------------------

BENCH_O := $(TESTS_O)/bench

$(BENCH_O)/walks.bpf.o: tests/bench/walks.bpf.c $(O)/flags
	$(call msg,BPF,$<)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

# As a probe is joined with the unwinder.
$(BENCH_O)/walks.linked.o: $(BENCH_O)/walks.bpf.o $(O)/bpf/unwind/unwind.bpf.o
	$(call msg,BPFLINK,$@)
	$(Q)$(BPFTOOL) gen object $@ $^

$(BENCH_O)/%: tests/bench/%.c $(LIB)
	$(call msg,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(WARNINGS) -MMD -MP -MF $@.d -o $@ $< $(LIB) $(LDLIBS)

bench-programs: all live-programs $(BENCH_O)/walks $(BENCH_O)/walks.linked.o $(BENCH_O)/tables

bench: bench-programs ## what it costs here, also next to perf
	@for script in tests/bench/*.sh; do echo "== $$script"; O='$(O)' "$$script" || exit 1; done

# One of them: `make bench-complete`. They print a table, and need root.
BENCHES := $(patsubst tests/bench/%.sh,bench-%,$(wildcard tests/bench/*.sh))
.PHONY: bench-programs $(BENCHES)

bench-complete: ## share of user stacks that are complete, by program
bench-growth-cost: ## what the growth profile costs a program that only touches new memory
bench-heap-cost: ## the heap profile next to a bpftrace script and heaptrack
bench-locks: ## the lock profile next to what bpftrace needs for the same
bench-overhead: ## a recording of the whole host, and the time to its first sample
bench-perf: ## CPU time and bytes next to perf record
bench-perf-dwarf: ## a recording next to perf record --call-graph dwarf
bench-rate: ## what is lost at 9999 Hz on all CPUs
bench-stack-cost: ## a walk next to bpf_get_stack and bpf_get_stackid
bench-switches: ## each switch of a CPU, next to others that record them
bench-symbols: ## names for 100,000 addresses
bench-tables: ## size of unwind tables, time to build them and to start

$(BENCHES): bench-%: bench-programs
	@O='$(O)' tests/bench/$*.sh

-include $(wildcard $(INSTANT_O)/*.d $(BENCH_O)/*.d) $(UNIT:=.d) $(HOST:=.d) $(FUZZ:=.d)
