# SPDX-License-Identifier: GPL-2.0-or-later
# hostprof's build. `make help` lists the targets.
#
#   V=1                   show the commands
#   O=DIR                 build elsewhere (default: build)
#   CC=, CLANG=           the C compiler; the clang that makes BPF code
#   SANITIZE=LIST         e.g. address,undefined
#   WERROR=1              warnings are errors, as in CI
#   LIBBPF_DIR=DIR        a libbpf other than the distribution's (DIR/include, DIR/lib)
#   ARCH=, CROSS_COMPILE= as in the kernel's build
#
# Sources are found by folder: a new probe, command or output needs no line here.

O	?= build
V	?= 0
CROSS_COMPILE ?=
ARCH	?= $(shell uname -m)
ifeq ($(origin CC),default)
CC	:= $(CROSS_COMPILE)gcc
endif
CLANG	?= clang
BPFTOOL	?= $(or $(shell command -v bpftool 2>/dev/null),/usr/sbin/bpftool)
PREFIX	?= /usr/local
DESTDIR	?=

ifeq ($(V),1)
Q =
msg =
else
Q = @
msg = @printf '  %-8s %s\n' "$(1)" "$(2)";
endif

MAKEFLAGS += --no-builtin-rules
SUBMAKE	= $(MAKE) --no-print-directory
# Where a target builds for its user: on every CPU, unless make was told on how many.
BUILD_ALL = $(SUBMAKE) $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

BIN	:= $(O)/hostprof
LIB	:= $(O)/libhostprof.a
GEN	:= $(O)/gen

BPF_ARCH := $(patsubst aarch64,arm64,$(patsubst x86_64,x86,$(ARCH)))

WARNINGS := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes \
	    -Wold-style-definition -Wvla -Wundef -Wwrite-strings -Wpointer-arith -Wformat=2
WERROR	?= $(if $(CI),1)
ifneq ($(WERROR),)
WARNINGS += -Werror
endif

CFLAGS	?= -O2 -g
SANITIZE ?=
SANFLAGS := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer)
INCLUDES := -Iuser -Iinclude -I$(GEN) $(if $(LIBBPF_DIR),-I$(LIBBPF_DIR)/include)
CFLAGS_ALL = -std=gnu11 -D_GNU_SOURCE -fno-common $(CFLAGS) $(SANFLAGS) $(INCLUDES)
LDLIBS	:= $(if $(LIBBPF_DIR),-L$(LIBBPF_DIR)/lib) -lbpf -ldw -lelf -llzma -lz -lprotobuf-c -ljansson -liberty -lcapstone -lm
LDFLAGS	?=

# CO-RE code: -g for BTF; v3 for 32-bit jumps and atomics (5.12).
BPF_CFLAGS := -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_$(BPF_ARCH) -Ivmlinux -Iinclude -Ibpf \
	      -idirafter /usr/include/$(shell $(CC) -print-multiarch 2>/dev/null || echo $(ARCH)-linux-gnu) \
	      $(if $(LIBBPF_DIR),-I$(LIBBPF_DIR)/include) \
	      -Wall -Wextra -Wno-unused-parameter -Wno-missing-declarations $(if $(WERROR),-Werror)

SOURCES	:= $(shell find user -name '*.c' | LC_ALL=C sort)
PROTOS	:= $(shell find user -name '*.proto')
PROBES	:= $(patsubst bpf/probes/%.bpf.c,%,$(wildcard bpf/probes/*.bpf.c))
# The unwinder is a room of its own, joined to the probes that call it.
UNWINDING := $(patsubst bpf/probes/%.bpf.c,%,$(shell grep -l '"unwind/unwind.h"' bpf/probes/*.bpf.c 2>/dev/null))

PROTO_C	:= $(patsubst %.proto,$(GEN)/%.pb-c.c,$(notdir $(PROTOS)))
PROTO_H	:= $(PROTO_C:.c=.h)
SKELETONS := $(PROBES:%=$(GEN)/%.skel.h)
OBJECTS	:= $(SOURCES:%.c=$(O)/%.o) $(PROTO_C:.c=.o)
MAIN	:= $(O)/user/main.o
BPF_OBJECTS := $(PROBES:%=$(O)/bpf/probes/%.bpf.o) $(O)/bpf/unwind/unwind.bpf.o

.PHONY: all deps run install clean help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

all: $(BIN) ## build hostprof

# --- what the distribution provides -----------------------------------------------------------

BUILD_PACKAGES := gcc libc6-dev clang bpftool libbpf-dev libelf-dev libdw-dev liblzma-dev \
		  zlib1g-dev libprotobuf-c-dev protobuf-c-compiler libjansson-dev libiberty-dev \
		  libcapstone-dev
TEST_PACKAGES  := git libcmocka-dev clang-format shellcheck universal-ctags jq golang-go procps \
		  clang-14 libclang-rt-14-dev clang-19 musl-tools python3 redis-server nginx-light wrk \
		  dwz xz-utils binutils g++ lld chromium-headless-shell qemu-system-x86 \
		  busybox-static e2fsprogs bsdextrautils util-linux groff-base \
		  libjemalloc2 libtcmalloc-minimal4 libmimalloc2.0 libdebuginfod1 gdc gnat runc podman \
		  containerd docker.io crun lxc systemd-container uidmap debootstrap \
		  python3-jsonschema python3-yaml openjdk-17-jdk-headless
# Not where node came from elsewhere: its package and Debian's npm exclude each other. Nor Rust.
TEST_PACKAGES  += $(if $(shell command -v npm 2>/dev/null),,nodejs npm)
TEST_PACKAGES  += $(if $(shell command -v rustc 2>/dev/null),,rustc)
# What only `make bench` compares with or looks at; it skips what is missing.
BENCH_PACKAGES := libbpf-tools linux-perf postgresql openjdk-17-jre-headless libllvm14 \
		  bpftrace heaptrack

apt_install = missing=$$(dpkg-query -W -f '$${Package} $${db:Status-Status}\n' $(1) 2>/dev/null | \
	awk '$$2 == "installed" {have[$$1]} END {n = split("$(1)", want, " "); \
	for (i = 1; i <= n; i++) if (!(want[i] in have)) printf "%s ", want[i]}'); \
	[ -z "$$missing" ] || { echo "installing: $$missing"; apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing \
	>/dev/null; }

deps: ## install what building needs (distribution packages, nothing else)
	@$(call apt_install,$(BUILD_PACKAGES))

.PHONY: test-deps
test-deps: deps
	@$(call apt_install,$(TEST_PACKAGES))

.PHONY: bench-deps
bench-deps: test-deps ## install the programs that the benches look at
	@$(call apt_install,$(BENCH_PACKAGES))

# --- user side --------------------------------------------------------------------------------

$(BIN): $(MAIN) $(LIB)
	$(call msg,LINK,$@)
	$(Q)$(CC) $(SANFLAGS) $(LDFLAGS) -o $@ $(MAIN) $(LIB) $(LDLIBS)

$(LIB): $(filter-out $(MAIN),$(OBJECTS))
	$(call msg,AR,$@)
	$(Q)rm -f $@ && $(CROSS_COMPILE)ar rcs $@ $^

# Generated headers must exist before the first compile; after it -MMD knows who uses which.
$(O)/user/%.o: user/%.c $(O)/flags | $(PROTO_H) $(SKELETONS)
	$(call msg,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(WARNINGS) -MMD -MP -c -o $@ $<

# The page's files are put into the program as they are (.incbin), which -MMD does not see.
$(O)/user/out/html.o: $(wildcard user/web/*)

$(GEN)/%.pb-c.o: $(GEN)/%.pb-c.c $(O)/flags
	$(call msg,CC,$@)
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(GEN)/%.pb-c.c $(GEN)/%.pb-c.h: user/out/%.proto
	$(call msg,PROTOC,$<)
	@mkdir -p $(GEN)
	$(Q)protoc-c --proto_path=$(<D) --c_out=$(GEN) $<

# Everything is rebuilt when the compiler or its flags change.
FLAGS_NOW := $(CC) $(CFLAGS_ALL) $(WARNINGS) | $(CLANG) $(BPF_CFLAGS)
$(O)/flags: FORCE
	@mkdir -p $(O)
	@echo '$(FLAGS_NOW)' | cmp -s - $@ || echo '$(FLAGS_NOW)' >$@
.PHONY: FORCE
FORCE:

# --- kernel side ------------------------------------------------------------------------------

$(O)/bpf/%.bpf.o: bpf/%.bpf.c $(O)/flags
	$(call msg,BPF,$<)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

$(UNWINDING:%=$(O)/bpf/%.linked.o): $(O)/bpf/%.linked.o: $(O)/bpf/probes/%.bpf.o $(O)/bpf/unwind/unwind.bpf.o
$(filter-out $(UNWINDING:%=$(O)/bpf/%.linked.o),$(PROBES:%=$(O)/bpf/%.linked.o)): $(O)/bpf/%.linked.o: $(O)/bpf/probes/%.bpf.o

$(O)/bpf/%.linked.o:
	$(call msg,BPFLINK,$@)
	$(Q)$(BPFTOOL) gen object $@ $^

$(GEN)/%.skel.h: $(O)/bpf/%.linked.o
	$(call msg,SKEL,$@)
	@mkdir -p $(GEN)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_probe >$@

# --- for people -------------------------------------------------------------------------------

run: ## install what is needed, build, and profile this host for 10 seconds
	@$(SUBMAKE) deps
	@$(BUILD_ALL) all
	@$(BIN) record -d 10

install: all ## install under PREFIX (and DESTDIR): sbin, man page, bash completion
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/share/man/man8 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions
	install -m 755 $(BIN) $(DESTDIR)$(PREFIX)/sbin/hostprof
	$(BIN) --man | gzip -9n >$(DESTDIR)$(PREFIX)/share/man/man8/hostprof.8.gz
	$(BIN) --completion >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/hostprof

clean: ## remove what was built
	rm -rf $(O)

include $(wildcard tests/tests.mk)
-include $(OBJECTS:.o=.d) $(BPF_OBJECTS:.o=.d)
