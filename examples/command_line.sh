#!/bin/sh
# The credit decision from the shell. Run `make demo` first; then: sh examples/command_line.sh
set -eu
cd "$(dirname "$0")/../demo-out"
affidavit=../.venv/bin/affidavit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

$affidavit inspect credit.onnx
$affidavit compile credit.onnx --calibration calibration.npz -o "$work/net.plan"
$affidavit commit "$work/net.plan" --uses 4 -o "$work/net"
$affidavit keygen "$work/bureau"
$affidavit commit-input applicant.npz --schema "$work/net.card" --key "$work/bureau.pem" --record applicant -o "$work/record"
$affidavit prove "$work/net.model" --input "$work/record.input" --at-least 'probabilities[1]' 0.6 -o "$work/decision.affidavit"
$affidavit verify "$work/decision.affidavit" --card "$work/net.card" --issuer "$work/bureau.pub.pem" \
    --at-least 'probabilities[1]' 0.6
$affidavit explain "$work/decision.affidavit" --card "$work/net.card"
