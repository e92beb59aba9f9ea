// Verdicts of a proof on what a run left behind: what was not reached refutes nothing, what went wrong does. And the page's figures.
#include "busbarctl/proof/action_checks.h"
#include "busbarctl/proof/page.h"

#include <QTest>

using namespace busbar::ctl;

namespace {

Json stepOf(const char* kind, const char* state, const char* sentence = "") {
    Json evidence = Json::array();
    if (std::string_view(state) == "succeeded") evidence.push_back({{"subject", "GPU-1"}, {"fact", "processes"}, {"after", "0"}, {"verdict", "as set"}});
    return {{"kind", kind}, {"state", state}, {"sentence", sentence}, {"evidence", evidence}, {"figures", Json::array()}};
}

Json actionOf(const char* state, const std::vector<Json>& steps) { return {{"id", "proof/1"}, {"state", state}, {"sentence", ""}, {"targets", {{{"state", state}, {"sentence", "as told"}, {"steps", steps}}}}}; }

ProofCheck checkOf(const ProofOfVerb& proof, const std::string& what) {
    for (const ProofCheck& check : proof.checks)
        if (check.what == what) return check;
    return {"none", std::nullopt, "there is no such check"};
}

} // namespace

class TestCtlProof : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aStepThatWasNotReached_data();
    void aStepThatWasNotReached();
    void whatTheKernelHides_data();
    void whatTheKernelHides();
    void anAgentThatWasNotKilled();
    void theBlockersProgram_data();
    void theBlockersProgram();
    void whatIsPromisedIsThere();
    void theSignedExport_data();
    void theSignedExport();
    void thePageTellsOfEachFigure_data();
    void thePageTellsOfEachFigure();
};

void TestCtlProof::aStepThatWasNotReached_data() {
    QTest::addColumn<QByteArray>("precheck");
    QTest::addColumn<QByteArray>("action");
    QTest::addColumn<int>("verdict");
    QTest::newRow("the one before could not be shown") << QByteArray("unknown") << QByteArray("unknown") << static_cast<int>(ProofVerdict::notShown);
    QTest::newRow("the one before failed") << QByteArray("failed") << QByteArray("failed") << static_cast<int>(ProofVerdict::fail);
    QTest::newRow("left out of what is told as done") << QByteArray("succeeded") << QByteArray("succeeded") << static_cast<int>(ProofVerdict::fail);
}

void TestCtlProof::aStepThatWasNotReached() {
    QFETCH(QByteArray, precheck);
    QFETCH(QByteArray, action);
    QFETCH(int, verdict);
    ProofPart part;
    part.files["leased"] = actionOf(action, {stepOf("precheck", precheck), stepOf("scrub", "skipped"), stepOf("canary", "skipped")});
    const ProofOfVerb proof = judgeVerb("lease", part, false);
    QVERIFY2(proof.verdict == static_cast<ProofVerdict>(verdict), proof.why.c_str());
}

void TestCtlProof::whatTheKernelHides_data() {
    QTest::addColumn<QByteArray>("processes"); // the driver's own lists: their verdicts
    QTest::addColumn<QByteArray>("source");    // of the fact that could not be read
    QTest::addColumn<int>("verdict");
    const int passes = static_cast<int>(ProofVerdict::pass), notShown = static_cast<int>(ProofVerdict::notShown), fails = static_cast<int>(ProofVerdict::fail);
    QTest::newRow("each GPU's own list shows nobody") << QByteArray("as set,as set") << QByteArray("kernel") << passes;
    QTest::newRow("one GPU's list could not be read") << QByteArray("as set,not readable") << QByteArray("kernel") << notShown;
    QTest::newRow("one GPU's list shows somebody") << QByteArray("as set,not as set") << QByteArray("kernel") << fails;
    QTest::newRow("there is no list") << QByteArray() << QByteArray("kernel") << notShown;
    QTest::newRow("it is not the kernel that hides it") << QByteArray("as set") << QByteArray("nvml") << notShown;
}

void TestCtlProof::whatTheKernelHides() {
    QFETCH(QByteArray, processes);
    QFETCH(QByteArray, source);
    QFETCH(int, verdict);
    const std::string hidden = "0; 1 process may not be looked at: Permission denied";
    Json wait = stepOf("wait", "succeeded", "nothing holds a GPU");
    wait["evidence"] = Json::array();
    wait["evidence"].push_back({{"subject", "GPU-1"}, {"fact", "memory used"}, {"after", "0"}, {"source", "nvml"}, {"verdict", "as set"}});
    for (const QByteArray& one : processes.split(','))
        if (!one.isEmpty()) wait["evidence"].push_back({{"subject", "GPU-1"}, {"fact", "processes"}, {"after", "0"}, {"source", "nvml"}, {"verdict", one.toStdString()}});
    wait["evidence"].push_back({{"subject", "node"}, {"fact", "holders of /dev/nvidia*"}, {"after", hidden}, {"source", source.toStdString()}, {"verdict", "not readable"}});
    ProofPart part;
    part.notes["load_pid"] = "7";
    part.notes["load_exit"] = "0";
    part.files["blocked"] = {{"state", "running"}, {"targets", {{{"blockers", {{{"pid", 7}, {"command", "/opt/load"}}}}}}}};
    part.files["drained"] = actionOf("succeeded", {stepOf("close", "succeeded"), wait, stepOf("verify", "succeeded")});
    part.files["returned"] = actionOf("succeeded", {stepOf("inspect", "succeeded"), stepOf("reopen", "succeeded")});
    const ProofOfVerb proof = judgeVerb("drain", part, false);
    QVERIFY2(proof.verdict == static_cast<ProofVerdict>(verdict), proof.why.c_str());
    if (proof.verdict == ProofVerdict::fail) return;
    const ProofCheck check = checkOf(proof, "drained: wait");
    QVERIFY2(check.said.find(proof.verdict == ProofVerdict::pass ? "told only: holders of /dev/nvidia* of node: " + hidden : "not readable") != std::string::npos, check.said.c_str());
}

void TestCtlProof::anAgentThatWasNotKilled() {
    ProofPart part;
    part.files["after"] = actionOf("unknown", {stepOf("precheck", "unknown", "the driver does not answer"), stepOf("scrub", "skipped")});
    part.notes["could_not"] = "the scrub was never met at work";
    QVERIFY(judgeVerb("kill", part, false).verdict == ProofVerdict::notShown);
    part.files["before"] = part.files["after"];
    part.notes["agent_exit"] = "137";
    const ProofCheck told = checkOf(judgeVerb("kill", part, false), "the evidence tells that a run was cut off");
    QVERIFY(told.passed == false);
}

void TestCtlProof::theBlockersProgram_data() {
    QTest::addColumn<QByteArray>("command");
    QTest::addColumn<QByteArray>("said");
    QTest::newRow("started as it is") << QByteArray("/opt/load --gpu 0") << QByteArray("pid 7: /opt/load --gpu 0");
    QTest::newRow("started by the bundle's loader") << QByteArray("/b/lib/ld-linux-x86-64.so.2 --argv0 /b/bin/load --library-path /b/lib:/c /b/libexec/load --gpu 0") << QByteArray("pid 7: /b/libexec/load --gpu 0");
    QTest::newRow("cut off in the loader's words") << QByteArray("/b/lib/ld-linux-x86-64.so.2 --argv0 /b/bin/load --library-path /b/lib:") << QByteArray("pid 7: /b/lib/ld-linux-x86-64.so.2 --argv0 /b/bin/load --library-path /b/lib:");
}

void TestCtlProof::theBlockersProgram() {
    QFETCH(QByteArray, command);
    QFETCH(QByteArray, said);
    ProofPart part;
    part.notes["load_pid"] = "7";
    part.files["blocked"] = {{"state", "running"}, {"targets", {{{"blockers", {{{"pid", 7}, {"command", command.toStdString()}}}}}}}};
    const ProofCheck check = checkOf(judgeVerb("drain", part, false), "the drain waits and lists the process by its pid");
    QVERIFY(check.passed == true);
    QCOMPARE(check.said, said.toStdString());
}

void TestCtlProof::whatIsPromisedIsThere() {
    ProofPart part;
    part.files["leased"] = actionOf("succeeded", {stepOf("precheck", "succeeded"), stepOf("scrub", "succeeded"), stepOf("canary", "succeeded")});
    QVERIFY(checkOf(judgeVerb("lease", part, false), "figures were held against thresholds").passed == false);
    part.files["leased"]["targets"][0]["steps"][1]["figures"] = Json::array({{{"name", "memory covered"}, {"value", 99.0}, {"passed", true}}});
    QVERIFY(checkOf(judgeVerb("lease", part, false), "figures were held against thresholds").passed == true);
    part.files["provisioned"] = actionOf("succeeded", {stepOf("inspect", "succeeded"), stepOf("burn-in", "succeeded")});
    QVERIFY(!checkOf(judgeVerb("provision", part, false), "telemetry was recorded meanwhile").passed);
    part.notes["telemetry"] = "telemetry.ndjson.zst";
    QVERIFY(checkOf(judgeVerb("provision", part, false), "telemetry was recorded meanwhile").passed == true);
}

void TestCtlProof::theSignedExport_data() {
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QByteArray>("cutOff");
    QTest::addColumn<int>("verdict");
    QTest::newRow("is there") << QByteArray("exported") << QByteArray() << static_cast<int>(ProofVerdict::pass);
    QTest::newRow("failed") << QByteArray("not_exported") << QByteArray() << static_cast<int>(ProofVerdict::fail);
    QTest::newRow("does not verify") << QByteArray("not_verified") << QByteArray() << static_cast<int>(ProofVerdict::fail);
    QTest::newRow("does not verify, and was cut off") << QByteArray("not_verified") << QByteArray("the limit was over") << static_cast<int>(ProofVerdict::fail);
    QTest::newRow("was not made") << QByteArray("other") << QByteArray() << static_cast<int>(ProofVerdict::notShown);
    QTest::newRow("was cut off") << QByteArray("not_exported") << QByteArray("the limit was over") << static_cast<int>(ProofVerdict::notShown);
}

void TestCtlProof::theSignedExport() {
    QFETCH(QByteArray, key);
    QFETCH(QByteArray, cutOff);
    QFETCH(int, verdict);
    ProofPart part;
    part.notes[key.toStdString()] = "released: no answer";
    if (!cutOff.isEmpty()) part.notes["cut_off"] = cutOff.toStdString();
    part.files["leased"] = part.files["released"] = actionOf("succeeded", {stepOf("close", "succeeded"), stepOf("wait", "succeeded"), stepOf("precheck", "succeeded"), stepOf("scrub", "succeeded"), stepOf("canary", "succeeded"), stepOf("verify", "succeeded")});
    part.files["plan"] = {{"targets", {{{"sentence", "settings stay: read-only"}}}}};
    part.files["leased"]["verb"] = "lease";
    part.files["leased"]["log"] = Json::array();
    part.files["leased"]["targets"][0]["steps"][3]["figures"] = Json::array({{{"name", "memory covered"}, {"value", 99.0}, {"passed", true}}});
    const ProofOfVerb proof = judgeVerb("lease", part, false);
    QVERIFY2(proof.verdict == static_cast<ProofVerdict>(verdict), proof.why.c_str());
    if (verdict == static_cast<int>(ProofVerdict::fail)) QCOMPARE(proof.why, std::string("the node's signed reports are exported and verified: released: no answer"));
}

void TestCtlProof::thePageTellsOfEachFigure_data() {
    QTest::addColumn<QByteArray>("action");
    QTest::addColumn<QByteArray>("figure");
    QTest::addColumn<QByteArray>("row");
    const auto row = [](const char* name, const char* action, const char* figure, const char* words) { QTest::newRow(name) << QByteArray(action) << QByteArray(figure) << QByteArray(words); };
    row("judged, among many", "provisioned", R"({"name": "HBM copy", "value": 2950.4, "unit": "GB/s", "rule": "at least", "threshold": 2213.0, "threshold_source": "thresholds.toml: H200", "passed": true, "fleet_median": 2903.0, "fleet_rank": 3, "fleet_count": 128})",
        "| GPU 0 | provisioned: scrub | HBM copy | 2950 GB/s | at least 2213 GB/s | thresholds.toml: H200 | median 2903, 3 of 128 | pass |\n");
    row("told, alone", "leased", R"({"name": "bf16 GEMM held", "value": 412.5, "unit": "TFLOPS", "rule": null, "threshold": null, "threshold_source": null, "passed": null, "fleet_median": 412.5, "fleet_rank": 1, "fleet_count": 1})",
        "| GPU 0 | leased: scrub | bf16 GEMM held | 412.5 TFLOPS | - | - | the first of its kind | told only |\n");
    row("failed, not compared", "released", R"({"name": "memory covered", "value": 90.0, "unit": "%", "rule": "at least", "threshold": 97.0, "threshold_source": "bar of every model", "passed": false, "fleet_median": null, "fleet_rank": null, "fleet_count": null})",
        "| GPU 0 | released: scrub | memory covered | 90 % | at least 97 % | bar of every model | - | **FAIL** |\n");
}

void TestCtlProof::thePageTellsOfEachFigure() {
    QFETCH(QByteArray, action);
    QFETCH(QByteArray, figure);
    QFETCH(QByteArray, row);
    Json measured = Json::parse(figure.toStdString());
    measured["subject"] = "GPU-1";
    Json done = actionOf("succeeded", {stepOf("scrub", "succeeded")});
    done["targets"][0]["steps"][0]["figures"] = Json::array({measured});
    const Json verb{{"verb", "provision"}, {"verdict", "pass"}, {"why", nullptr}, {"checks", Json::array()}, {"figures", figuresOf(action.toStdString(), done)}, {"actions", Json::object()}};
    const Json proof{{"verdict", "pass"}, {"why", nullptr}, {"gpus", {{{"uuid", "GPU-1"}, {"model", "NVIDIA H200"}, {"pci_address", "0000:18:00.0"}}}}, {"driver", "NVML"}, {"source", "nvml"}, {"asked", "nvml"}, {"policy", nullptr},
                     {"busbar", "1"}, {"host", Json::object()}, {"started", "now"}, {"seconds", 1}, {"gaps", Json::array()}, {"verbs", Json::array({verb})}};
    const QByteArray page = QByteArray::fromStdString(proofPage(proof));
    QVERIFY2(page.contains("| of | step | figure | value | threshold | from | fleet | verdict |\n|---|---|---|---|---|---|---|---|\n" + row), page);
}

QTEST_GUILESS_MAIN(TestCtlProof)
#include "tst_ctl_proof.moc"
