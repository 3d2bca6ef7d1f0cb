#!/bin/sh
# Record the sample queries: sh data/make/record_samples.sh
# About 5 minutes on one core; run it again to resume. Needs Festival with two voices; on Debian or
# Ubuntu: apt install festival festvox-kdlpc16k festvox-us-slt-hts
#
# Voices that training never hears and little noise: 30 to 60 % of the titles are heard exactly. A
# voice that is named twice is drawn twice as often; the names, which the recogniser seldom knows,
# get the clearer voice more often.
set -eu
cd "$(dirname "$0")/../.."
SLT=festival:cmu_us_slt_arctic_hts
KED=festival:ked_diphone
record() {
    er-engine simulate "data/samples/$1.jsonl" --prompts "data/samples/prompts/$1.jsonl" \
        -o "data/samples/$1_queries.jsonl" --seed 20226 --voices "$2" --snr-db "$3" \
        --strength 0 --vocabulary none --json
}
record screen $SLT,$KED 32,36,40
record books $SLT,$KED 32,36,40
record contacts $SLT,$SLT,$SLT,$KED 36,40
