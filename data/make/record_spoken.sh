#!/bin/sh
# Record the training prompts of places, companies and contacts: sh data/make/record_spoken.sh OUT [WORKERS]
# Hours on one core; run it again to resume. Any part of it will do:
# python data/make/split_spoken.py OUT (or OUT.shards). On Debian or Ubuntu: apt install flite
set -eu
cd "$(dirname "$0")/../.."
for kind in places companies contacts; do
    gzip -cd data/training/$kind.jsonl.gz data/training/held_out/$kind.jsonl.gz
done > "$1.catalog.jsonl"
${PYTHON:-python} data/make/record.py "$1.catalog.jsonl" data/training/spoken_prompts.jsonl.gz \
    "$1" flite:slt,flite:rms,flite:awb,flite:kal16 73351 "${2:-1}"
