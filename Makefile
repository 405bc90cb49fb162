# make            build into build/            make demo    deliver example mail and show what happened
# make check      all tests; TESTS='unit/* e2e/dovecot' are those alone
# make check-release RELEASE=trixie|bookworm: the same on a new machine with that release, in a chroot, as root
# make asan       the tests under ASan and UBSan, gcc and clang
# make valgrind   the unit tests in valgrind   make lint    format, clang-tidy, cppcheck, layers, both compilers
# make fuzz       every fuzz target for FUZZ_SECONDS each; FUZZ='kv html' are those two alone
# make fuzz-quick every fuzz target for a few seconds, always the same runs; a part of check
# make bench      one delivery beside its peers, a million list entries, contacts and messages, one script in both rule engines
# make bench-check  what a delivery takes in instructions and system calls, beside the budget in tests/bench/budget
# make install    PREFIX= DESTDIR=             make clean   forget build/
# make uninstall  the same words: removes what make install made, but for what was changed or added since
# make deb        Debian packages in build/deb/   make check-deb RELEASE=trixie|bookworm: they are installed, used and removed in a chroot, as root
# `demo` and `check` install the Debian packages that they miss (tests/deps says which and how).

CC        ?= cc
BUILD     ?= build
PREFIX    ?= /usr/local
SYSCONFDIR ?= $(if $(filter /usr /usr/local,$(PREFIX)),/etc,$(PREFIX)/etc)
DESTDIR   ?=
VERSION   := 0.1.0

OPT       ?= -O2 -g
CFLAGS    ?= $(OPT)
WARN      := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
SANFLAGS  := $(if $(SAN),-DMDA_SANITIZED -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
override CPPFLAGS += -D_GNU_SOURCE -I. -DMDA_VERSION='"$(VERSION)"' -DMDA_SYSCONFDIR='"$(SYSCONFDIR)"'
# tests/e2e/hardening.sh looks for them in the programs. Fortified functions want an optimizer, and hide errors from a sanitizer.
HARDEN    := -fstack-protector-strong -fstack-clash-protection $(if $(filter x86_64 i%86,$(shell uname -m)),-fcf-protection)
FORTIFY    = $(if $(SAN),,$(if $(filter -O1 -O2 -O3 -Os,$(CFLAGS)),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2))
ALL_CFLAGS = -std=c11 $(WARN) $(SANFLAGS) $(HARDEN) $(FORTIFY) -fPIE $(CFLAGS) -MMD -MP
ALL_LDFLAGS = $(SANFLAGS) -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS)

# A program is mda/mda.c, a server (mda/lmtp, mda/grey) or mda/tools/*/mda-NAME.c; the other files of mda/ are what programs share.
SOURCES   := mda/mda.c mda/lmtp/mda-lmtpd.c mda/grey/mda-greyd.c $(wildcard mda/tools/*/mda-*.c)
PROGRAMS  := $(basename $(notdir $(SOURCES)))
SHARED    := $(filter-out $(SOURCES),$(wildcard mda/*.c mda/*/*.c mda/conf/*/*.c mda/tools/*/*.c))
# GMime is in a module that is loaded when a message needs it.
MODULES   := $(BUILD)/modules/mda_mime.so
# What bash completes comes from the option tables, which --help prints.
COMPLETION := $(BUILD)/completion/mda
BASE      := $(filter-out base/mime_gmime.c,$(wildcard base/*.c base/kv/*.c))
FILTERS   := $(wildcard filters/*.c filters/*/*.c filters/sieve/*/*.c)
STORE     := $(wildcard store/*.c)
# What needs cmocka is apart: packages are built, and svtest runs, without it.
UNITLIB   := tests/lib/crash.c tests/lib/power.c
TESTLIB   := $(filter-out $(UNITLIB),$(wildcard tests/lib/*.c))
LIBRARIES := $(BUILD)/libshared.a $(BUILD)/libfilters.a $(BUILD)/libstore.a $(BUILD)/libbase.a
# But for libc, what a delivery needs from the start is linked in: a library that cannot be mapped at the start ends the process with 127,
# which an MTA takes for a reason to bounce.
LDLIBS    := -l:liblmdb.a -l:libnettle.a -l:libjansson.a -ldl -lpthread
UNIT      := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test_*.c))
E2E       := $(patsubst tests/e2e/%.c,$(BUILD)/tests/e2e/%,$(wildcard tests/e2e/*.c))
# The runner of tests/sieve/*.svtest.
SVTEST    := $(BUILD)/tests/sieve/svtest
# Runs a test, and leaves no process of it behind.
CONTAIN   := $(BUILD)/tests/contain
FUZZERS   := $(filter-out fuzz,$(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c)))
MANPAGES  := $(wildcard mda/*.[1578] mda/lmtp/*.[158] mda/grey/*.8 mda/tools/*/*.[1578] filters/sieve/*.7)

.PHONY: all deps demo check check-build check-run check-release fuzz fuzz-quick fuzz-build fuzzers bench bench-check bench-budget asan valgrind lint layers install uninstall deb check-deb clean format
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

all: $(PROGRAMS:%=$(BUILD)/%) $(MODULES) $(COMPLETION)

obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

# What PREFIX says is compiled in: another one is another program.
$(BUILD)/prefix: FORCE
	@mkdir -p $(@D)
	@echo '$(VERSION) $(SYSCONFDIR)' | cmp -s - $@ || echo '$(VERSION) $(SYSCONFDIR)' > $@
$(call obj,$(shell grep -rlE --include='*.c' 'MDA_(VERSION|SYSCONFDIR)' base mda)): $(BUILD)/prefix
FORCE:

# The filters of system calls are made by libseccomp when mda is built, for the machine that it is built on.
$(BUILD)/gen/syscalls_filter.h: base/make/syscalls_filter.c
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE -std=c11 $(WARN) -O1 -o $(@D)/syscalls_filter $< -lseccomp
	$(@D)/syscalls_filter > $@
$(BUILD)/obj/base/syscalls.o: $(BUILD)/gen/syscalls_filter.h
$(BUILD)/obj/base/syscalls.o: override CPPFLAGS += -I$(BUILD)/gen

# What a page has in it: style, script, and their hashes.
$(BUILD)/gen/page_assets.h: base/make/page_assets.c mda/page/page.css mda/page/page.js
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE -std=c11 $(WARN) -O1 -o $(@D)/page_assets $< -l:libnettle.a
	$(@D)/page_assets mda/page/page.css mda/page/page.js > $@
$(BUILD)/obj/mda/page/page.o: $(BUILD)/gen/page_assets.h
$(BUILD)/obj/mda/page/page.o: override CPPFLAGS += -I$(BUILD)/gen

$(BUILD)/obj/base/mime_gmime.o: override ALL_CFLAGS += -fPIC $(shell pkg-config --cflags gmime-3.0 2>/dev/null | sed 's/-I/-isystem /g')
$(BUILD)/obj/tests/unit/%.o: override ALL_CFLAGS += $(shell pkg-config --cflags gmime-3.0 2>/dev/null | sed 's/-I/-isystem /g')

$(BUILD)/libshared.a: $(call obj,$(SHARED))
$(BUILD)/libfilters.a: $(call obj,$(FILTERS))
$(BUILD)/libstore.a: $(call obj,$(STORE))
$(BUILD)/libbase.a: $(call obj,$(BASE))
$(BUILD)/libtest.a: $(call obj,$(TESTLIB))
$(BUILD)/libunit.a: $(call obj,$(UNITLIB))
$(BUILD)/lib%.a:
	@rm -f $@
	$(AR) rcs $@ $^

$(foreach source,$(SOURCES),$(eval $(BUILD)/$(basename $(notdir $(source))): $(call obj,$(source))))
$(PROGRAMS:%=$(BUILD)/%): $(LIBRARIES)
	$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS)

$(BUILD)/modules/mda_mime.so: $(call obj,base/mime_gmime.c)
	@mkdir -p $(@D)
	$(CC) $(SANFLAGS) -shared -Wl,-z,relro,-z,now $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs gmime-3.0 2>/dev/null)

$(COMPLETION): mda/tools/completion/mda.bash mda/tools/completion/completion.awk $(PROGRAMS:%=$(BUILD)/%)
	@mkdir -p $(@D)
	cp mda/tools/completion/mda.bash $@
	for program in $(PROGRAMS); do \
		$(BUILD)/$$program --help > $@.help && awk -v program=$$program -f mda/tools/completion/completion.awk $@.help >> $@ || exit 1; \
	done; rm $@.help

$(BUILD)/tests/unit/%: $(BUILD)/obj/tests/unit/%.o $(BUILD)/libunit.a $(BUILD)/libtest.a $(LIBRARIES)
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka $(shell pkg-config --libs gmime-3.0 2>/dev/null)

$(SVTEST): $(call obj,$(wildcard tests/sieve/*.c)) $(BUILD)/libtest.a $(LIBRARIES)
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

$(CONTAIN): $(call obj,tests/contain.c)
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^

$(BUILD)/tests/e2e/%: $(BUILD)/obj/tests/e2e/%.o $(LIBRARIES)
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/tests/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/obj/tests/fuzz/fuzz.o $(LIBRARIES)
	@mkdir -p $(@D)
	$(CC) -fsanitize=fuzzer $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

GROUPS ?= build
deps:
	@tests/deps $(GROUPS)

demo:
	@tests/deps build
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" all
	@BUILD=$(BUILD) examples/demo/run

WITH_FUZZ = $(or $(findstring fuzz/,$(TESTS)),$(if $(TESTS),,all))
check:
	@tests/deps build test $(if $(WITH_FUZZ),fuzz)
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" check-build
	@$(if $(WITH_FUZZ),$(MAKE) --no-print-directory -s -j"$$(nproc)" fuzz-build)
	@$(MAKE) --no-print-directory -s layers check-run

check-build: all $(UNIT) $(E2E) $(SVTEST) $(CONTAIN)

check-run:
	@BUILD=$(BUILD) tests/run $(foreach test,$(TESTS),'$(test)')

# On a new machine with another release of Debian: a chroot that is made for it, as root.
check-release:
	@tests/release $(or $(RELEASE),other) $(foreach test,$(TESTS),'$(test)')

# libFuzzer is clang's, and what it looks at is built with its counters and the sanitizers.
FUZZ_CC ?= clang
fuzz-build:
	@command -v $(firstword $(FUZZ_CC)) >/dev/null || { echo "fuzz: there is no $(FUZZ_CC)" >&2; exit; }; \
	$(MAKE) --no-print-directory -s BUILD=$(BUILD)/fuzz CC='$(FUZZ_CC)' SAN=address,undefined,fuzzer-no-link OPT='-O1 -g' fuzzers

fuzzers: $(MODULES) $(FUZZERS:%=$(BUILD)/tests/fuzz/%)

fuzz fuzz-quick:
	@tests/deps build fuzz
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" fuzz-build
	@BUILD=$(BUILD) tests/fuzz/run $(if $(filter fuzz-quick,$@),--quick) $(FUZZ)

# The sanitizers want a build each; a failure of one does not hide the other's.
asan:
	@tests/deps build test lint
	@status=0; for cc in gcc clang; do \
		echo "== $$cc"; \
		$(MAKE) --no-print-directory -s -j"$$(nproc)" BUILD=$(BUILD)/asan-$$cc CC=$$cc SAN=address,undefined OPT='-O1 -g' check-build && \
		BUILD=$(BUILD)/asan-$$cc SAN=1 tests/run || status=1; \
	done; exit $$status

# Speed is measured here only, as a ratio to peers in the same run; no test depends on it.
bench:
	@tests/deps build bench
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" all $(BUILD)/tests/bench/turns $(BUILD)/tests/bench/writers $(BUILD)/tests/bench/lmtp $(BUILD)/tests/bench/floor $(BUILD)/tests/bench/sieve $(BUILD)/tests/bench/child
	@BUILD=$(BUILD) tests/bench/delivery.sh
	@BUILD=$(BUILD) tests/bench/lists.sh
	@BUILD=$(BUILD) tests/bench/contacts.sh
	@BUILD=$(BUILD) tests/bench/conf.sh
	@BUILD=$(BUILD) tests/bench/users.sh
	@BUILD=$(BUILD) tests/bench/folders.sh
	@BUILD=$(BUILD) tests/bench/writers.sh
	@BUILD=$(BUILD) tests/bench/lmtp.sh
	@BUILD=$(BUILD) tests/bench/reindex.sh
	@BUILD=$(BUILD) tests/bench/try.sh
	@BUILD=$(BUILD) tests/bench/import.sh
	@BUILD=$(BUILD) tests/bench/purge.sh
	@$(BUILD)/tests/bench/child 1000
	@for rules in 20 200 2000; do $(BUILD)/tests/bench/sieve $$rules 50; done

# What a delivery takes, counted: no quiet machine is needed. bench-budget is for a change that is worth what it takes.
bench-check bench-budget:
	@tests/deps build test bench
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" all $(BUILD)/tests/bench/cost $(BUILD)/tests/bench/steps $(BUILD)/tests/bench/patient.so
	@BUILD=$(BUILD) tests/bench/budget.sh $(if $(filter bench-check,$@),--check,> $(BUILD)/budget && mv $(BUILD)/budget tests/bench/budget)

$(BUILD)/tests/bench/patient.so: tests/bench/patient.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -fPIC -shared -o $@ $<

$(BUILD)/tests/bench/sieve $(BUILD)/tests/bench/child: $(BUILD)/tests/bench/%: $(BUILD)/obj/tests/bench/%.o $(LIBRARIES)
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

# The least that keeps the promises: it links nothing when it starts.
$(BUILD)/tests/bench/floor: tests/bench/floor.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -static -o $@ $< -llmdb -pthread

$(BUILD)/tests/bench/turns $(BUILD)/tests/bench/writers $(BUILD)/tests/bench/lmtp: tests/bench/feed.c tests/bench/feed.h
$(BUILD)/tests/bench/cost $(BUILD)/tests/bench/steps: tests/bench/traced.c tests/bench/traced.h

$(BUILD)/tests/bench/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.c,$^)

valgrind:
	@tests/deps build test lint
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" check-build
	@BUILD=$(BUILD) tests/run --valgrind

lint: layers
	@tests/deps build test lint
	@tests/lint
	@for cc in gcc clang; do \
		$(MAKE) --no-print-directory -s -j"$$(nproc)" BUILD=$(BUILD)/lint-$$cc CC=$$cc OPT='-O2' check-build || exit 1; \
	done

# Arrows point one way: base <- filters, store <- mda; and one external library, one file that includes it.
layers:
	@tests/layers

format:
	clang-format -i $$(git ls-files -co --exclude-standard '*.c' '*.h')

# ---- what is installed ----

bindir     = $(DESTDIR)$(PREFIX)/bin
moduledir  = $(DESTDIR)$(PREFIX)/lib/mda
mandir     = $(DESTDIR)$(PREFIX)/share/man
docdir     = $(DESTDIR)$(PREFIX)/share/doc/mda
completiondir = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
DOCUMENTS := README.md CHANGELOG.md LICENSE $(shell find examples -type f ! -name '.git*')
# What the JSON of tools looks like.
SCHEMAS   := mda/account/explain.schema.json

install: all
	install -d $(bindir) $(moduledir) $(completiondir) $(DESTDIR)$(SYSCONFDIR)
	test -e $(DESTDIR)/var/lib/mda || install -d -m 755 $(DESTDIR)/var/lib/mda
	install -m 755 $(PROGRAMS:%=$(BUILD)/%) $(bindir)/
	install -m 644 $(MODULES) $(moduledir)/
	install -m 644 $(COMPLETION) $(completiondir)/mda
	for program in $(filter-out mda,$(PROGRAMS)); do ln -sf mda $(completiondir)/$$program || exit 1; done
	for page in $(MANPAGES); do \
		install -D -m 644 $$page $(mandir)/man$${page##*.}/$${page##*/} || exit 1; \
	done
	for file in $(DOCUMENTS); do \
		mode=644; test ! -x $$file || mode=755; \
		install -D -m $$mode $$file $(docdir)/$$file || exit 1; \
	done
	install -m 644 $(SCHEMAS) $(docdir)/
	test -e $(DESTDIR)$(SYSCONFDIR)/mda.conf || install -m 644 mda.conf $(DESTDIR)$(SYSCONFDIR)/mda.conf

# A configuration that was changed stays, and so do the directories that hold anything else: the stamp key, for example.
uninstall:
	rm -f $(PROGRAMS:%=$(bindir)/%) $(MODULES:$(BUILD)/modules/%=$(moduledir)/%) $(PROGRAMS:%=$(completiondir)/%)
	for page in $(MANPAGES); do rm -f $(mandir)/man$${page##*.}/$${page##*/} || exit 1; done
	cd $(docdir) 2>/dev/null || exit 0; rm -f $(DOCUMENTS) $(notdir $(SCHEMAS))
	test ! -d $(docdir) || find $(docdir) -depth -type d -empty -delete
	! cmp -s mda.conf $(DESTDIR)$(SYSCONFDIR)/mda.conf || rm -f $(DESTDIR)$(SYSCONFDIR)/mda.conf
	for dir in $(moduledir) $(DESTDIR)/var/lib/mda; do test ! -d $$dir || rmdir --ignore-fail-on-non-empty $$dir || exit 1; done
	@test ! -e $(DESTDIR)$(SYSCONFDIR)/mda.conf || echo "$(DESTDIR)$(SYSCONFDIR)/mda.conf was changed, so it is still there"

# From a copy, so that the packages' build does not touch this one.
deb:
	@tests/package/build $(BUILD)/deb

check-deb:
	@tests/package/check $(RELEASE)

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
