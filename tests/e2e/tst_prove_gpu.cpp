// packaging/prove-gpu.sh on the simulated driver libraries: a whole proof passes and follows its schema; a bad address, a figure under its
// threshold and a process of somebody else each end in the verdict that says so.
#include "tests/support/json_schema.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <nlohmann/json.hpp>

#include <csignal>
#include <memory>
#include <unistd.h>

using nlohmann::json;

namespace {

struct Proof {
    int exitCode = -1;
    QByteArray output;
    json whole; ///< proof.json
    QByteArray page;
    qint64 endedAfterMs = 0; ///< since it was interrupted
    QStringList leftBehind;  ///< in its folder for temporary files: keys, state
    std::shared_ptr<QTemporaryDir> folder; ///< what it wrote
};

QByteArray contentOf(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Interrupts the script once this verb has an action.
void interruptIn(const QString& verb, const QString& out, QProcess& script) {
    const QString submitted = QStringLiteral("%1/parts/%2/submitted.json").arg(out, verb);
    QTRY_VERIFY_WITH_TIMEOUT(contentOf(submitted).contains("cancel_requested"), 60'000);
    kill(static_cast<pid_t>(script.processId()), SIGINT);
}

/// Runs the script to its end, or, with `interruptedIn`, until that verb has begun to act. `devices`: a folder that it sees as /dev.
Proof prove(const QStringList& more, const QString& interruptedIn = {}, const QString& devices = {}) {
    const QTemporaryDir temporary;
    const auto written = std::make_shared<QTemporaryDir>();
    const QTemporaryDir& folder = *written;
    QProcess script;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("BUSBAR_BIN"), QStringLiteral(BUSBAR_BIN_DIR));
    environment.insert(QStringLiteral("TMPDIR"), temporary.path());
    script.setProcessEnvironment(environment);
    script.setProcessChannelMode(QProcess::MergedChannels);
    QStringList command = QStringList{QStringLiteral(BUSBAR_SOURCE_DIR "/packaging/prove-gpu.sh"), QStringLiteral("--simulated"), QStringLiteral("--out"), folder.path()} + more;
    if (!devices.isEmpty()) command = QStringList{QStringLiteral("unshare"), QStringLiteral("--mount"), QStringLiteral("sh"), QStringLiteral("-c"), QStringLiteral("mount --bind \"$0\" /dev && exec \"$@\""), devices} + command;
    script.start(command.takeFirst(), command);
    if (!interruptedIn.isEmpty()) interruptIn(interruptedIn, folder.path(), script);
    QElapsedTimer sinceThen;
    sinceThen.start();
    if (!script.waitForFinished(240'000)) script.terminate();
    script.waitForFinished(10'000);
    Proof proof;
    proof.folder = written;
    proof.endedAfterMs = sinceThen.elapsed();
    proof.leftBehind = QDir(temporary.path()).entryList(QDir::AllEntries | QDir::NoDotAndDotDot);
    proof.exitCode = script.exitCode();
    proof.output = script.readAll();
    proof.whole = json::parse(contentOf(folder.filePath(QStringLiteral("proof.json"))).toStdString(), nullptr, false);
    proof.page = contentOf(folder.filePath(QStringLiteral("proof.md")));
    return proof;
}

/// What bash says that runs `script` with prove_verbs.sh, but without prove-gpu.sh: waits try once, notes are said.
QByteArray verbsAlone(const QTemporaryDir& folder, const QByteArray& script) {
    QProcess bash;
    bash.setProcessChannelMode(QProcess::MergedChannels);
    const QByteArray setting = "folder=" + folder.path().toUtf8() + " out=$folder bin=/bin cuda='' gpu=GPU-0 load_mib=1; declare -A pid_of=(); mkdir $folder/log; . '" BUSBAR_SOURCE_DIR "/packaging/prove_verbs.sh'\n"
                               "note() { echo \"${@:2}\"; }; wait_for() { sleep 0.3; \"${@:2}\"; }; has() { grep -qF -- \"$2\" \"$1\" 2>/dev/null; }; last_line() { echo nothing; }; left() { echo 1; }\n";
    bash.start(QStringLiteral("bash"), {QStringLiteral("-c"), QString::fromUtf8(setting + script)});
    return bash.waitForFinished() ? bash.readAll() : "it did not end: " + bash.readAll();
}

std::string wordOf(const json& value, const char* key) { return value.is_object() ? value.value(key, "") : std::string(); }

json verbOf(const Proof& proof, const std::string& name) {
    for (const json& verb : proof.whole.value("verbs", json::array()))
        if (verb.value("verb", "") == name) return verb;
    return json::object();
}

/// Of the check whose words begin so; null when there is none.
json checkOf(const json& verb, const std::string& begin) {
    for (const json& check : verb.value("checks", json::array()))
        if (check.value("what", "").starts_with(begin)) return check;
    return json::object();
}

QByteArray faultsOf(const json& proof) {
    QByteArray text;
    for (const std::string& fault : busbar::test::JsonSchema(BUSBAR_SOURCE_DIR "/resources/schema").check("proof.json", proof)) text += fault + '\n';
    return text;
}

} // namespace

class tst_ProveGpu : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyVerbPasses();
    void aGpuThatComesUpSlowlyIsWaitedFor();
    void whatASandboxBlocksIsNoFault();
    void whatTheKernelHidesIsNoFault();
    void aBadAddressFails();
    void aFigureUnderItsThresholdFails();
    void theHeadIsReadWhateverIsChosen();
    void aDriverCallThatHangsEndsTheProofInTime();
    void anInterruptedVerbRefutesNothing();
    void aVerbOverTheLimitRefutesNothing();
    void somebodyElsesProcessIsLeftAlone();
    void monitorsAreSeen();
    void aDaemonOfAContainerIsToldByItsFile();
    void noLoadOfOursIsLeft_data();
    void noLoadOfOursIsLeft();
    void anAgentThatOutlivesItsKillIsNotWaitedFor();
    void noSecondAgentBesideTheOld_data();
    void noSecondAgentBesideTheOld();
    void whatIsExportedIsNoted_data();
    void whatIsExportedIsNoted();
    void wrongWordsAreUsage_data();
    void wrongWordsAreUsage();
};

void tst_ProveGpu::everyVerbPasses() {
    const Proof proof = prove({});
    QVERIFY2(proof.exitCode == 0, proof.output);
    QCOMPARE(faultsOf(proof.whole), QByteArray());
    QCOMPARE(wordOf(proof.whole, "verdict"), std::string("pass"));
    QCOMPARE(wordOf(proof.whole, "source"), std::string("simulated"));
    QCOMPARE(wordOf(proof.whole["policy"], "settings"), std::string("read-only"));
    for (const char* verb : {"inventory", "drain", "lease", "provision", "kill"}) QCOMPARE(wordOf(verbOf(proof, verb), "verdict"), std::string("pass"));
    // The process is named by its pid, not only counted.
    const json blocker = checkOf(verbOf(proof, "drain"), "the drain waits and lists");
    QVERIFY2(blocker.value("said", "").starts_with("pid "), proof.page);
    QVERIFY(checkOf(verbOf(proof, "kill"), "the evidence tells that a run was cut off").value("passed", false));
    for (const char* verb : {"drain", "lease", "provision", "kill"}) QVERIFY2(checkOf(verbOf(proof, verb), "the node's signed reports are exported").value("said", "").starts_with("evidence/"), proof.page);
    QVERIFY(!verbOf(proof, "provision")["figures"].empty());
    QVERIFY2(proof.page.startsWith("# Proof of a node: pass\n"), proof.page);
    QVERIFY2(proof.page.contains("| peer copies | one GPU has no peer to copy to |"), proof.page);
    QVERIFY(proof.page.contains("no figure below says anything about a real GPU"));
    for (const char* row : {"| bf16 GEMM held |", "| provisioned: burn-in |", "| leased: scrub |", "| released: scrub |", "| the first of its kind |", "| thresholds.toml: memory_bandwidth of H200 ("}) QVERIFY2(proof.page.contains(row), proof.page);
    // What lies in the folder is only believed as far as the node signed it.
    const QString path = proof.folder->filePath(QStringLiteral("parts/drain/drained.json"));
    auto drained = nlohmann::ordered_json::parse(contentOf(path).toStdString(), nullptr, false); // In its own order, so that only the words differ.
    drained["targets"][0]["steps"][2]["evidence"][0]["before"] = "somebody's words";
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate) && file.write(QByteArray::fromStdString(drained.dump())) > 0);
    file.close();
    QProcess again;
    again.setProcessChannelMode(QProcess::MergedChannels);
    again.start(QStringLiteral(BUSBAR_BIN_DIR "/busbarctl"), {QStringLiteral("proof"), proof.folder->path()});
    QVERIFY(again.waitForFinished());
    const QByteArray said = again.readAll();
    QVERIFY2(again.exitCode() == 1 && said.contains("drain: fail") && said.contains("evidence/drain-drained.json: its verify tells") && said.contains("which nobody signed"), said);
}

void tst_ProveGpu::aGpuThatComesUpSlowlyIsWaitedFor() {
    // The killed agent and its helper were the GPU's last clients, and nothing keeps it up without them: longer than Hello waits.
    const Proof proof = prove({QStringLiteral("--only"), QStringLiteral("kill"), QStringLiteral("--fault"), QStringLiteral("init-takes 11000")});
    QVERIFY2(proof.exitCode == 0, proof.output + proof.page);
    QVERIFY(checkOf(verbOf(proof, "kill"), "the evidence tells that a run was cut off").value("passed", false));
}

void tst_ProveGpu::whatASandboxBlocksIsNoFault() {
    QStringList words{QStringLiteral("--only"), QStringLiteral("drain"), QStringLiteral("--only"), QStringLiteral("lease")};
    for (const char* call : {"nvmlDeviceGetFieldValues", "nvmlDeviceGetRemappedRows", "nvmlDeviceGetTotalEccErrors", "nvmlDeviceGetPcieReplayCounter", "nvmlGpmQueryDeviceSupport", "nvmlDeviceGetPersistenceMode",
                             "nvmlDeviceGetEnforcedPowerLimit", "nvmlDeviceGetNvLinkState", "nvmlDeviceGetSupportedEventTypes", "nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetMPSComputeRunningProcesses_v3"})
        words << QStringLiteral("--fault") << QStringLiteral("fail 0 %1 17").arg(QString::fromLatin1(call));
    words << QStringLiteral("--fault") << QStringLiteral("fail 0 nvmlDeviceGetComputeMode 4");
    const Proof proof = prove(words);
    QVERIFY2(proof.exitCode == 0, proof.output + proof.page);
}

// With the devices of a driver there, who has them open is asked of /proc; a sandbox keeps its first program even from root.
void tst_ProveGpu::whatTheKernelHidesIsNoFault() {
    const QTemporaryDir devices;
    const QString make = QStringLiteral("cd '%1' && cp -a /dev/null /dev/zero /dev/random /dev/urandom . && ln -s /proc/self/fd fd && mkdir shm && : >nvidiactl && : >nvidia0 && unshare --mount sh -c 'mount --bind . /dev && : >/dev/null'");
    if (QProcess::execute(QStringLiteral("sh"), {QStringLiteral("-c"), make.arg(devices.path())}) != 0) QSKIP("another /dev needs root, and to be allowed it");
    const Proof proof = prove({QStringLiteral("--only"), QStringLiteral("drain"), QStringLiteral("--only"), QStringLiteral("lease")}, {}, devices.path());
    QVERIFY2(proof.exitCode == 0, proof.output + proof.page);
    QCOMPARE(faultsOf(proof.whole), QByteArray());
    if (geteuid() != 0 || !QFileInfo(QStringLiteral("/proc/1/exe")).symLinkTarget().isEmpty()) return; // Nothing is hidden here.
    const json blocked = checkOf(verbOf(proof, "drain"), "drained: wait");
    QVERIFY2(blocked.value("said", "").find("told only: holders of /dev/nvidia* of node: 0; 1 process may not be looked at") != std::string::npos, proof.page);
}

void tst_ProveGpu::aBadAddressFails() {
    const Proof proof = prove({QStringLiteral("--only"), QStringLiteral("lease"), QStringLiteral("--fault"), QStringLiteral("set 0 bad_memory {\"offset\":4096,\"mask\":1}")});
    QVERIFY2(proof.exitCode == 1, proof.output);
    QCOMPARE(faultsOf(proof.whole), QByteArray());
    QCOMPARE(wordOf(proof.whole, "verdict"), std::string("fail"));
    const json scrub = checkOf(verbOf(proof, "lease"), "leased: scrub");
    QVERIFY(scrub.contains("passed") && scrub["passed"] == false);
    QVERIFY2(scrub.value("said", "").find("0x1000") != std::string::npos, proof.page);
    QVERIFY2(proof.page.startsWith("# Proof of a node: fail"), proof.page);
}

void tst_ProveGpu::aFigureUnderItsThresholdFails() {
    const Proof proof = prove({QStringLiteral("--only"), QStringLiteral("provision"), QStringLiteral("--fault"), QStringLiteral("set 0 hbm_gbps 900")});
    QVERIFY2(proof.exitCode == 1, proof.output);
    QCOMPARE(faultsOf(proof.whole), QByteArray());
    QCOMPARE(wordOf(proof.whole, "verdict"), std::string("fail"));
    bool told = false;
    const json provision = verbOf(proof, "provision");
    for (const json& figure : provision["figures"]) told = told || (figure["name"] == "HBM copy" && figure["passed"] == false);
    QVERIFY2(told, proof.page);
    QVERIFY2(proof.page.contains("HBM copy"), proof.page);
}

// The process that computes cannot end by itself then: the script has to go on without it.
void tst_ProveGpu::aDriverCallThatHangsEndsTheProofInTime() {
    QElapsedTimer clock;
    clock.start();
    const Proof proof = prove({QStringLiteral("--only"), QStringLiteral("drain"), QStringLiteral("--fault"), QStringLiteral("fail 0 cuLaunchKernel hang")});
    QVERIFY2(proof.exitCode == 1, proof.output + proof.page);
    QVERIFY2(clock.elapsed() < 180'000, QByteArray::number(clock.elapsed()));
    QCOMPARE(faultsOf(proof.whole), QByteArray());
    QVERIFY2(checkOf(verbOf(proof, "drain"), "the process ended well").value("said", "").find("does not return") != std::string::npos, proof.page);
    QVERIFY2(proof.page.startsWith("# Proof of a node: fail (only drain was asked for)"), proof.page);
}

// Without inventory among the verbs the page still says whose libraries answered and what the agent may do, as read.
void tst_ProveGpu::theHeadIsReadWhateverIsChosen() {
    const Proof proof = prove({QStringLiteral("--only"), QStringLiteral("kill")});
    QVERIFY2(proof.exitCode == 0, proof.output);
    QCOMPARE(faultsOf(proof.whole), QByteArray());
    QCOMPARE(proof.whole["verbs"].size(), std::size_t(1));
    QCOMPARE(wordOf(proof.whole, "source"), std::string("simulated"));
    QCOMPARE(proof.whole["gpus"].size(), std::size_t(1));
    QCOMPARE(wordOf(proof.whole["policy"], "settings"), std::string("read-only"));
    QVERIFY2(proof.page.contains("no figure below says anything about a real GPU") && proof.page.contains("GPU 0: "), proof.page);
}

void tst_ProveGpu::anInterruptedVerbRefutesNothing() {
    const Proof proof = prove({QStringLiteral("--only"), QStringLiteral("inventory"), QStringLiteral("--only"), QStringLiteral("provision"), QStringLiteral("--only"), QStringLiteral("kill"), QStringLiteral("--hold"), QStringLiteral("60")}, QStringLiteral("provision"));
    QVERIFY2(proof.exitCode == 130, proof.output);
    QVERIFY2(proof.endedAfterMs < 8'000, QByteArray::number(proof.endedAfterMs));
    QCOMPARE(proof.leftBehind, QStringList());
    QCOMPARE(faultsOf(proof.whole), QByteArray());
    QCOMPARE(wordOf(proof.whole, "verdict"), std::string("could not be shown"));
    QCOMPARE(QString::fromStdString(wordOf(proof.whole, "why")), QStringLiteral("it was interrupted"));
    QCOMPARE(wordOf(proof.whole, "source"), std::string("simulated"));
    QCOMPARE(wordOf(verbOf(proof, "inventory"), "verdict"), std::string("pass")); // What was shown stays shown.
    QCOMPARE(wordOf(verbOf(proof, "provision"), "verdict"), std::string("could not be shown"));
    QCOMPARE(QString::fromStdString(wordOf(verbOf(proof, "kill"), "why")), QStringLiteral("it had not begun when this was written")); // Asked for is not left out.
    QVERIFY2(proof.output.contains("interrupted"), proof.output);
}

void tst_ProveGpu::aVerbOverTheLimitRefutesNothing() {
    const Proof proof = prove({QStringLiteral("--only"), QStringLiteral("provision"), QStringLiteral("--hold"), QStringLiteral("60"), QStringLiteral("--seconds"), QStringLiteral("12")});
    QVERIFY2(proof.exitCode == 5, proof.output + proof.page);
    QCOMPARE(faultsOf(proof.whole), QByteArray());
    QCOMPARE(wordOf(proof.whole, "verdict"), std::string("could not be shown"));
    QVERIFY2(proof.whole.value("why", "").find("the limit of 12 s was over") != std::string::npos, proof.page);
}

void tst_ProveGpu::somebodyElsesProcessIsLeftAlone() {
    const Proof proof = prove({QStringLiteral("--only"), QStringLiteral("drain"), QStringLiteral("--fault"), QStringLiteral("add-process 0 %1 128").arg(getpid())});
    QVERIFY2(proof.exitCode == 5, proof.output);
    QCOMPARE(faultsOf(proof.whole), QByteArray());
    QCOMPARE(wordOf(proof.whole, "verdict"), std::string("could not be shown"));
    QVERIFY2(proof.whole.value("why", "").find("left alone") != std::string::npos, proof.page);
    QVERIFY(verbOf(proof, "drain")["actions"].empty());
}

// What the script asks /proc, on files that stand for the devices: a program that has one open is named, the control file alone is nobody's use,
// and the agent does not count.
void tst_ProveGpu::monitorsAreSeen() {
    const QTemporaryDir folder;
    const QByteArray said = verbsAlone(folder, "gpu_devices=$folder/nvidia; : >$folder/nvidia0; : >$folder/nvidiactl\n"
                                               "sleep 60 9<$folder/nvidiactl & query=$!; nobody_opened && echo free\n"
                                               "sleep 60 9<$folder/nvidia0 & monitor=$!; sleep 0.3; nobody_opened || echo \"$holder\" | grep -q \"sleep with pid $monitor$\" && echo held\n"
                                               "has_device_open /proc/$monitor && echo shown; pid_of[agent]=$monitor; nobody_opened && echo agent; kill $query $monitor");
    QCOMPARE(said, QByteArray("free\nheld\nshown\nagent\n"));
}

// In another mount namespace, the driver's container: its program is the host's when it is the very file of that path.
void tst_ProveGpu::aDaemonOfAContainerIsToldByItsFile() {
    if (QProcess::execute(QStringLiteral("unshare"), {QStringLiteral("--mount"), QStringLiteral("true")}) != 0) QSKIP("another mount namespace needs root, and to be allowed it");
    const QTemporaryDir folder;
    const QByteArray said = verbsAlone(folder, "cp /bin/sleep $folder/daemon; unshare --mount --propagation unchanged $folder/daemon 60 & daemon=$!; sleep 0.5\n"
                                               "has_host_files /proc/$daemon $folder/daemon && echo same; rm $folder/daemon; cp /bin/true $folder/daemon; has_host_files /proc/$daemon $folder/daemon || echo other\n"
                                               "has_host_files /proc/$$ /bin/nothing && echo ours; kill $daemon");
    QCOMPARE(said, QByteArray("same\nother\nours\n"));
}

void tst_ProveGpu::noLoadOfOursIsLeft_data() {
    QTest::addColumn<QByteArray>("how"); // what is else than in a drain that goes well
    QTest::addColumn<QByteArray>("told");
    QTest::newRow("it did not begin in time") << QByteArray(": >$out/log/load.log") << QByteArray("no CUDA process of ours runs");
    QTest::newRow("the machine does not show it") << QByteArray("shows_load() { false; }") << QByteArray("shows no process that computes");
    QTest::newRow("the drain was refused") << QByteArray("action_of() { :; }") << QByteArray("the drain was refused: by the plan");
    QTest::newRow("it was told to end") << QByteArray() << QByteArray("load_exit");
}

void tst_ProveGpu::noLoadOfOursIsLeft() {
    QFETCH(QByteArray, how);
    QFETCH(QByteArray, told);
    const QTemporaryDir folder;
    const QByteArray said = verbsAlone(folder, "start() { sleep 20 & pid_of[$1]=$!; load=$!; }; stop() { [ -z \"${pid_of[$1]:-}\" ] || kill \"${pid_of[$1]}\"; unset \"pid_of[$1]\"; }\n"
                                               "ctl() { :; }; shows_load() { :; }; action_of() { echo 1; }; refusal() { echo by the plan; }; echo 'computing on' >$out/log/load.log\n" +
                                                   how + "\nprove_drain $folder; sleep 0.3; kill -0 $load 2>/dev/null && echo 'it computes on'");
    QVERIFY2(said.contains(told) && !said.contains("it computes on"), said);
}

void tst_ProveGpu::anAgentThatOutlivesItsKillIsNotWaitedFor() {
    const QTemporaryDir folder;
    // As if it hung in the driver: it is there whatever signal it gets.
    const QByteArray said = verbsAlone(folder, "kill() { [ $1 = -0 ]; }; start_agent() { echo 'a second agent'; }; scrub_rounds=1\n"
                                               "sleep 60 & pid_of[agent]=$!; kill_agent $folder || echo given up; builtin kill %1");
    QVERIFY2(said.contains("could_not the agent did not end within 20 s of SIGKILL") && said.endsWith("given up\n") && !said.contains("agent_exit") && !said.contains("a second agent"), said);
}

void tst_ProveGpu::noSecondAgentBesideTheOld_data() {
    QTest::addColumn<QByteArray>("lasts"); // seconds that the old one lives on, which no signal ends
    QTest::addColumn<QByteArray>("told");
    QTest::newRow("it ends late") << QByteArray("0.2") << QByteArray("a new one alone");
    QTest::newRow("it hangs in the driver") << QByteArray("20") << QByteArray("could_not the agent did not end within 20 s of being stopped");
}

void tst_ProveGpu::noSecondAgentBesideTheOld() {
    QFETCH(QByteArray, lasts);
    QFETCH(QByteArray, told);
    const QTemporaryDir folder;
    const QByteArray said = verbsAlone(folder, "stop() { unset \"pid_of[$1]\"; }; start_agent() { kill -0 $old 2>/dev/null && echo beside the old; echo a new one alone; }; ctl() { false; }; state=$folder; scrub_rounds=1\n"
                                               "sleep " + lasts + " & old=$! pid_of[agent]=$!; prove_kill $folder; kill $old 2>/dev/null");
    QVERIFY2(said.contains(told) && !said.contains("beside the old"), said);
}

void tst_ProveGpu::whatIsExportedIsNoted_data() {
    QTest::addColumn<QByteArray>("ctl");
    QTest::addColumn<QByteArray>("notes");
    QTest::newRow("all") << QByteArray("true") << QByteArray("exported evidence/lease-leased.json, evidence/lease-released.json\n");
    QTest::newRow("none") << QByteArray("false") << QByteArray("not_exported leased: nothing\nnot_exported released: nothing\n");
    QTest::newRow("one") << QByteArray("[[ $4 == *released* ]]") << QByteArray("not_exported leased: nothing\nexported evidence/lease-released.json\n");
}

void tst_ProveGpu::whatIsExportedIsNoted() {
    QFETCH(QByteArray, ctl);
    QFETCH(QByteArray, notes);
    const QTemporaryDir folder;
    QCOMPARE(verbsAlone(folder, "action_of() { [[ $1 != *leased.json && $1 != *released.json ]] || echo proof/1; }; ctl() { " + ctl + "; }; export_evidence lease $folder"), notes);
}

void tst_ProveGpu::wrongWordsAreUsage_data() {
    QTest::addColumn<QString>("option");
    QTest::addColumn<QString>("word");
    for (const auto& [option, word] : {std::pair{"--only", "reboot"}, {"--seconds", "many"}, {"--seconds", "0"}, {"--seconds", "99999999999999999999"}, {"--hold", "0"}, {"--hold", "00"}, {"--hold", "241"}, {"--hold", "-1"}, {"--hold", ""}})
        QTest::addRow("%s '%s'", option, word) << QString::fromLatin1(option) << QString::fromLatin1(word);
}

void tst_ProveGpu::wrongWordsAreUsage() {
    QFETCH(QString, option);
    QFETCH(QString, word);
    const Proof proof = prove({option, word});
    QCOMPARE(proof.exitCode, 2);
    QVERIFY2(proof.output.contains(option.toUtf8()) && proof.output.contains(word.toUtf8()), proof.output);
}

QTEST_GUILESS_MAIN(tst_ProveGpu)
#include "tst_prove_gpu.moc"
