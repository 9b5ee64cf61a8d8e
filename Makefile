# zoom_gold: the gold layer of Zoom analytics, kept by PostgreSQL itself.
#
# On a fresh Debian:	make demo, make test
# As usual with PGXS:	make, make install, make installcheck
#
# PG=17 picks another of Debian's servers, PG_CONFIG=... any server.

PG ?= 15
PG_CONFIG ?= /usr/lib/postgresql/$(PG)/bin/pg_config

EXTENSION = zoom_gold zoom_silver/zoom_silver
MODULE_big = zoom_gold
DATA = $(sort $(wildcard zoom_gold--*.sql sql/zoom_gold--*.sql zoom_silver/zoom_silver--*.sql))
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c src/*/*.c)))
SHLIB_LINK = -lroaring

# What is switched off here is what PostgreSQL's own headers would trip over.
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare
PG_CPPFLAGS = -Isrc -MMD -MP
ifdef WERROR
PG_CFLAGS += -Werror
endif

REGRESS = $(patsubst test/sql/%.sql,%,$(sort $(wildcard test/sql/*.sql)))
REGRESS_OPTS = --inputdir=test --outputdir=test/output
ISOLATION = $(patsubst test/specs/%.spec,%,$(sort $(wildcard test/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test --outputdir=test/output_iso
EXTRA_CLEAN = $(OBJS:.o=.d) test/output test/output_iso src/.flags

# The targets that run scripts must work before PGXS is there.
PGXS := $(wildcard $(shell $(PG_CONFIG) --pgxs 2>/dev/null))
ifneq ($(PGXS),)
# No bitcode: our functions run statements, there is nothing to inline.
override with_llvm = no
include $(PGXS)

# What a file includes is noted when it is compiled.  The flags and the server
# may be others than last time.
$(OBJS): Makefile src/.flags
-include $(OBJS:.o=.d)
src/.flags: FORCE
	@echo '$(CC) $(CPPFLAGS) $(CFLAGS)' | cmp -s - $@ || \
	    echo '$(CC) $(CPPFLAGS) $(CFLAGS)' >$@
.PHONY: FORCE
else
all install installcheck:
	@echo "$(PG_CONFIG) cannot build extensions." >&2
	@echo "On Debian, \"make deps PG=$(PG)\" installs what is missing." >&2
	@false
clean:
endif

# ---- the two commands of the README, and their relatives

export PG PG_CONFIG SOURCE

.PHONY: demo demo-stop test bench dashboard deps reference metadata model deb
demo:
	@scripts/demo
demo-stop:
	@scripts/demo --stop
test:
	@scripts/test $(SUITES)
bench:
	@bench/run
# OUT= names the file, DATABASE_URL= the database
dashboard:
	@scripts/dashboard $(OUT)
deps:
	@scripts/install-deps
reference:
	@scripts/with-cluster tools/reference
metadata:
	@scripts/with-cluster tools/metadata
model:
	@scripts/with-cluster tools/model
deb:
	@scripts/deb

# ---- tests that take minutes

.PHONY: property small stream columns ddl sizes soak kill leak mutations fuzz damage interrupt sanitize valgrind versions pg-upgrade
property:
	@SEEDS=$${SEEDS:-200} STREAMS=$${STREAMS:-30} scripts/with-cluster test/property/run
small:
	@SEEDS=$${SEEDS:-500} scripts/with-cluster test/small/run
stream:
	@OPERATIONS=$${OPERATIONS:-100000} scripts/with-cluster test/stream/run
columns:
	@SHARE=1 TURNS=20 scripts/with-cluster test/sources/run matrix/ways matrix/stamped matrix/appended life/advice
ddl:
	@SEEDS=$${SEEDS:-1000} scripts/with-cluster test/ddl/sequences
	@SEEDS=$${SEEDS:-1000} scripts/with-cluster test/ddl/pulls
sizes:
	@scripts/with-cluster test/sizes/grow $(CASES)
soak:
	@test/soak
kill:
	@test/kill
leak:
	@test/leak
mutations:
	@scripts/with-cluster test/property/mutations
	@test/mutants
fuzz:
	@CALLS=$${CALLS:-10000} PROCEDURES=$${PROCEDURES:-200} DAMAGES=$${DAMAGES:-10000} \
	    REFRESHES=$${REFRESHES:-50} USERS=$${USERS:-70000} scripts/with-cluster test/fuzz/run
damage:
	@scripts/with-cluster sh -c 'test/damage/columns && test/damage/gold && test/damage/objects'
interrupt:
	@test/interrupt
sanitize:
	@SEEDS=5 STREAMS=3 OPERATIONS=1000 MEMORY=4000000 STATEMENT_TIMEOUT=1h PGISOLATIONTIMEOUT=600 \
	    scripts/watched-server sanitize scripts/test $(SUITES)
	@[ -n "$(SUITES)" ] || POINTS=10 scripts/watched-server sanitize \
	    $(MAKE) --no-print-directory damage interrupt

# what exercises most of the C code; everything would take hours
VALGRIND_FILES = capture capture_rows capture_slices features functions \
	licenses meetings participants periods reach_back rules tickets \
	user_columns users_delete users_late webinars
valgrind:
	@STATEMENT_TIMEOUT=0 scripts/watched-server valgrind $(MAKE) --no-print-directory \
	    test SUITES=behaviour REGRESS="$(VALGRIND_FILES)"
versions:
	@scripts/versions
pg-upgrade:
	@scripts/in-debian trixie+bookworm test/upgrade/pg_upgrade

# ---- the install scripts, from the parts in sql/, in the order they need

SQL_PARTS = head model_gold model_silver model_state defaults common capture \
	contract partitions setup guards pieces refresh steering reading rights bi_model bi forget_user renaming mend rebuild \
	verify_words verify_missing verify_rules verify_facts verify_users verify_current verify_state verify privileges
SILVER_PARTS = head state words write catalog source pull webhook csv privileges
.PHONY: install-script install-script-check
install-script:
	@tools/install-script zoom_gold--2.0.sql $(SQL_PARTS:%=sql/%.sql)
	@tools/install-script zoom_silver/zoom_silver--2.0.sql $(SILVER_PARTS:%=zoom_silver/sql/%.sql)
install-script-check:
	@tools/install-script --check zoom_gold--2.0.sql $(SQL_PARTS:%=sql/%.sql)
	@tools/install-script --check zoom_silver/zoom_silver--2.0.sql $(SILVER_PARTS:%=zoom_silver/sql/%.sql)

# ---- the way from the last version, to be derived anew when the script changes

.PHONY: upgrade-script
upgrade-script: install-script
	@tools/upgrade-script test/life/zoom_gold--2.0beta1.sql zoom_gold--2.0.sql \
	    >sql/zoom_gold--2.0beta1--2.0.sql

# ---- checks of the source itself

.PHONY: format format-check layer-check agreement-check symbol-check header-check
format:
	@tools/format
format-check:
	@tools/format --check
layer-check:
	@tools/layers
agreement-check:
	@tools/agreements

# Libraries are loaded with RTLD_GLOBAL: nothing but zg_* may be visible.  (The
# address sanitizer has a shadow of each variable.)
symbol-check: $(OBJS)
	@nm -g --defined-only $(OBJS) | awk 'NF == 3 {print $$3}' | \
	    grep -Ev '^(__odr_asan\.)?(zg_|pg_finfo_zg_)|^(Pg_magic_func|_PG_init)$$' >&2 \
	    && { echo "symbols that do not start with zg_" >&2; exit 1; } || true

# Each header compiles alone, after postgres.h, with which every file begins.
header-check:
	@printf '%s\n' src/*/*.h | xargs -P "$$(nproc)" -I HEADER $(CC) \
	    $(filter-out -MMD -MP,$(CPPFLAGS)) $(CFLAGS) -fsyntax-only -include postgres.h -x c HEADER
