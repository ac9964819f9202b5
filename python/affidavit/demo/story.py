"""The credit story, step by step, through the public API only."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import affidavit as af
from affidavit.committed_input import CommittedInput
from affidavit.data import german_credit
from affidavit.demo.training import Trained, export, train
from affidavit.keys import keygen

OUTPUT = "probabilities"
CELL = "probabilities[1]"
THRESHOLD = "0.6"
OTHER_THRESHOLD = "0.7"
USES = 16
POLICY = "credit-approval-v1"
DAY = 86400

Say = Callable[[str], None]


@dataclass
class Results:
    """What the final table shows."""

    seconds: dict[str, float] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    refusals: list[tuple[str, str, str]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    decision: af.Verified | None = None
    portfolio: af.Verified | None = None


class Demo:
    """Runs the story into ``folder``; ``say`` gets one line per step."""

    def __init__(self, folder: Path, say: Say) -> None:
        self.folder = folder
        self.say = say
        self.results = Results()
        self.table = german_credit.load()

    def timed(self, name: str, work: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        value = work()
        self.results.seconds[name] = time.perf_counter() - started
        return value

    def run(self) -> Results:
        trained = self.lender_trains()
        model = self.lender_commits(trained)
        record = self.issuer_signs(trained)
        self.lender_proves(model, record)
        self.bank_verifies()
        self.bank_refuses(trained)
        self.portfolio(model, trained)
        return self.results

    def lender_trains(self) -> Trained:
        self.say("lender  trains a perceptron (64, 32) on 700 of 1000 applicants")
        trained: Trained = self.timed("train", lambda: train(self.table))
        export(trained, self.table.features[trained.train], self.folder / "credit.onnx")
        np.savez(self.folder / "calibration.npz", X=self.table.features[trained.train].astype(np.float32))
        self.results.facts["auc"] = trained.auc
        return trained

    def lender_commits(self, trained: Trained) -> Any:
        self.say("lender  compiles the ONNX file and commits the model; publishes credit.card")
        onnx, calibration = self.folder / "credit.onnx", self.folder / "calibration.npz"
        compiled = self.timed("compile", lambda: af.compile(onnx, calibration=calibration))
        compiled.save(self.folder / "credit.plan")
        model = self.timed("commit", lambda: af.commit(compiled, uses=USES))
        _, card = model.save(self.folder / "credit")
        self.results.sizes["card"] = card.stat().st_size
        self.results.facts |= {
            "field": {"koalabear": "KoalaBear", "goldilocks": "Goldilocks"}[compiled.info.field],
            "plan": compiled.digest,
            "parameters": int(sum(a.size for a in compiled.weights.values())),
        }
        return model

    def issuer_signs(self, trained: Trained) -> Path:
        """The bureau holds the applicant's record; it needs the model's card, not the model."""
        likely = trained.probability(self.table.features[trained.test])
        row = int(trained.test[int(np.argmin(np.abs(likely - 0.8)))])
        applicant = self.table.ids[row]
        self.say(f"issuer  commits and signs the record of {applicant}")
        keygen(self.folder / "issuer")
        keygen(self.folder / "impostor")
        inputs = self.folder / "applicant.npz"
        np.savez(inputs, X=self.table.features[row : row + 1].astype(np.float32))
        committed = self.timed(
            "commit input",
            lambda: af.commit_input(
                inputs,
                self.folder / "credit.card",
                key=self.folder / "issuer.pem",
                records=[applicant],
                expiry=int(time.time()) + DAY,
            ),
        )
        committed.save(self.folder / "applicant")
        self.results.facts |= {
            "applicant": applicant,
            "row": row,
            "probability": float(trained.probability(self.table.features[row : row + 1])[0]),
        }
        return self.folder / "applicant.input"

    def lender_proves(self, model: Any, record: Path) -> None:
        self.say(f"lender  proves: probability of repayment >= {THRESHOLD}")
        model.prepare()  # once per process, not per proof
        committed = CommittedInput.load(record)
        _ = committed.oracle
        bundle = self.timed(
            "prove",
            lambda: af.prove(model, input=committed, predicate=af.at_least(CELL, THRESHOLD), policy_id=POLICY),
        )
        path = bundle.save(self.folder / "decision.affidavit")
        self.results.sizes |= {"proof": len(bundle.proof), "bundle": path.stat().st_size}
        self.results.facts["prove stages"] = bundle.timings["seconds"]

    def policy(self, **changes: Any) -> Any:
        wanted: dict[str, Any] = {
            "card": self.folder / "credit.card",
            "issuer": self.folder / "issuer.pub.pem",
            "predicate": af.at_least(CELL, THRESHOLD),
            "policy_id": POLICY,
        } | changes
        return af.policy.Model(wanted.pop("card"), **wanted)

    def bank_verifies(self) -> None:
        self.say("bank    verifies with the card, the issuer's public key and the bundle, nothing else")
        policy, bundle = self.policy(), self.folder / "decision.affidavit"
        self.results.decision = self.timed("verify, card unseen", lambda: af.verify(bundle, policy))
        self.timed("verify", lambda: af.verify(bundle, policy))

    def bank_refuses(self, trained: Trained) -> None:
        self.say("bank    refuses four manipulated versions")
        bundle = self.folder / "decision.affidavit"
        data = bytearray(bundle.read_bytes())
        data[len(data) // 2] ^= 1
        tampered = self.folder / "tampered.affidavit"
        tampered.write_bytes(bytes(data))
        other = train(self.table, seed=1)
        rows = self.table.features[trained.train]
        other_model = af.commit(af.compile(other.model, calibration=rows.astype(np.float32)), uses=1)
        other_card = other_model.card.save(self.folder / "other.card")
        cases: list[tuple[str, Path, dict[str, Any]]] = [
            ("one byte of the proof changed", tampered, {}),
            ("another model's card", bundle, {"card": other_card}),
            (f"another threshold ({OTHER_THRESHOLD})", bundle, {"predicate": af.at_least(CELL, OTHER_THRESHOLD)}),
            ("another issuer", bundle, {"issuer": self.folder / "impostor.pub.pem"}),
        ]
        for name, path, changes in cases:
            try:
                af.verify(path, self.policy(**changes))
            except (af.Rejected, af.Malformed, af.PolicyRefused) as error:
                self.results.refusals.append((name, f"{type(error).__name__} ({error.code})", error.message))
            else:
                raise af.AffidavitError(f"a bundle was accepted with {name}", code="demo")

    def portfolio(self, model: Any, trained: Trained) -> None:
        count = len(self.table.ids)
        self.say(f"lender  proves all {count} applicants in one proof, from one signed table")
        table = {"X": self.table.features.astype(np.float32)}
        committed = self.timed(
            "commit table",
            lambda: af.commit_input(table, model.card, key=self.folder / "issuer.pem", records=self.table.ids),
        )
        committed.save(self.folder / "portfolio")
        bundle = self.timed(
            "prove table",
            lambda: af.prove(model, input=committed, predicate=af.at_least(CELL, THRESHOLD), policy_id="portfolio"),
        )
        bundle.save(self.folder / "portfolio.affidavit")
        policy = self.policy(policy_id="portfolio", outcome="any", records=self.table.ids)
        result = self.timed("verify table", lambda: af.verify(self.folder / "portfolio.affidavit", policy))
        proven = np.array(result.answers[0].outcomes, dtype=np.bool_)
        expected = trained.probability(self.table.features) >= float(THRESHOLD)
        self.results.portfolio = result
        self.results.sizes["table proof"] = len(bundle.proof)
        self.results.facts |= {
            "applicants": count,
            "approved": int(proven.sum()),
            "agreement": int((proven == expected).sum()),
            "uses_left": model.uses_left,
        }
        self.float_error(model, trained)

    def float_error(self, model: Any, trained: Trained) -> None:
        """The integer model against the float one, over all applicants."""
        from affidavit.proving import integers

        port = model.info.outputs[model.info.output_index(OUTPUT)]
        tensors = model.program.run(integers(model.card.plan, {"X": self.table.features.astype(np.float32)}))
        exact = np.ldexp(tensors[port.tensor].reshape(-1, 2).astype(np.float64), -port.scale)[:, 1]
        errors = np.abs(exact - trained.probability(self.table.features.astype(np.float32)))
        self.results.facts |= {"max_abs_error": float(errors.max()), "mean_abs_error": float(errors.mean())}
