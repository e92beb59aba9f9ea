// Reads every include of models/, widgets/ and app/ and checks it against the arrows of the design: a forbidden one names file and line.
#include <QDirIterator>
#include <QFile>
#include <QMap>
#include <QRegularExpression>
#include <QSet>
#include <QTest>

namespace {

using Rooms = QSet<QString>;

// Room → rooms it may include (itself always). Libraries are judged by kLibraries.
const QMap<QString, Rooms>& arrows() {
    static const Rooms kWire{QStringLiteral("base"), QStringLiteral("domain"), QStringLiteral("wire")};
    static const Rooms kAgentSide = kWire + Rooms{QStringLiteral("transport")};
    static const Rooms kController = kAgentSide + Rooms{QStringLiteral("store")};
    static const Rooms kStore{QStringLiteral("base"), QStringLiteral("domain"), QStringLiteral("store")};
    static const Rooms kWidgets = kStore + Rooms{QStringLiteral("items"), QStringLiteral("widgets/controls"), QStringLiteral("widgets/charts")};
    static const QMap<QString, Rooms> map{
        {QStringLiteral("base"), {}},
        {QStringLiteral("domain"), {QStringLiteral("base")}},
        {QStringLiteral("wire"), {QStringLiteral("base"), QStringLiteral("domain")}},
        {QStringLiteral("transport"), kWire},
        {QStringLiteral("store"), {QStringLiteral("base"), QStringLiteral("domain")}},
        {QStringLiteral("session"), kController},
        {QStringLiteral("items"), kStore},
        {QStringLiteral("widgets/controls"), kStore + Rooms{QStringLiteral("items")}},
        {QStringLiteral("widgets/charts"), kStore + Rooms{QStringLiteral("items"), QStringLiteral("widgets/controls")}},
        {QStringLiteral("widgets/views"), kWidgets},
        {QStringLiteral("busbar"), kWidgets + Rooms{QStringLiteral("session"), QStringLiteral("widgets/views")}},
        {QStringLiteral("busbar-controller"), kController},
        {QStringLiteral("busbar-agent"), kAgentSide},
        {QStringLiteral("busbarctl"), kController},
        {QStringLiteral("busbar-replay"), kController},
    };
    return map;
}

const Rooms& qtFree() {
    static const Rooms rooms{QStringLiteral("base"), QStringLiteral("domain"), QStringLiteral("wire"), QStringLiteral("transport"), QStringLiteral("store"),
                             QStringLiteral("busbar-controller"), QStringLiteral("busbar-agent"), QStringLiteral("busbarctl"), QStringLiteral("busbar-replay")};
    return rooms;
}

// Rooms that may include generated protobuf headers, and only in .cpp files.
bool mayIncludeProto(const QString& room, const QString& path) {
    static const Rooms rooms{QStringLiteral("wire"), QStringLiteral("transport"), QStringLiteral("session"), QStringLiteral("busbar-controller"),
                             QStringLiteral("busbar-agent"), QStringLiteral("busbarctl"), QStringLiteral("busbar-replay")};
    return rooms.contains(room) && (path.endsWith(QStringLiteral(".cpp")) || path.endsWith(QStringLiteral("_wire.h")));
}

QString roomOfPath(const QString& path) {
    static const QRegularExpression pattern(QStringLiteral("^(?:models/([a-z]+)|(widgets/[a-z]+)|app/([a-z-]+))/"));
    const auto match = pattern.match(path);
    return match.captured(1) + match.captured(2) + match.captured(3);
}

QString roomOfInclude(const QString& include) {
    for (const QString& room : arrows().keys())
        if (include.startsWith(room + QLatin1Char('/'))) return room;
    return {};
}

QString complaint(const QString& path, const QString& include) {
    const QString room = roomOfPath(path);
    const QString target = roomOfInclude(include);
    static const QRegularExpression qt(QStringLiteral("^(Q[A-Z]|Qt[A-Z])"));
    if (include.startsWith(QStringLiteral("busbar/v1/")))
        return mayIncludeProto(room, path) ? QString() : QStringLiteral("generated protobuf headers belong into .cpp files of the wire side");
    if (qtFree().contains(room) && qt.match(include).hasMatch()) return QStringLiteral("Qt in a room without Qt");
    const bool wireSide = mayIncludeProto(room, QStringLiteral("x.cpp"));
    if (!wireSide && (include.startsWith(QStringLiteral("grpc")) || include.startsWith(QStringLiteral("google/protobuf")))) return QStringLiteral("gRPC or protobuf outside the wire side");
    if (target.isEmpty() || target == room || arrows().value(room).contains(target)) return {};
    return QStringLiteral("no arrow from %1 to %2").arg(room, target);
}

} // namespace

class TestArrows : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void includesFollowTheArrows();
    void aForbiddenIncludeIsFound_data();
    void aForbiddenIncludeIsFound();
    void topLevelIsAsAgreed();
};

void TestArrows::includesFollowTheArrows() {
    const QString root = QStringLiteral(BUSBAR_SOURCE_DIR);
    static const QRegularExpression pattern(QStringLiteral("^\\s*#\\s*include\\s*[<\"]([^>\"]+)[>\"]"));
    QStringList complaints;
    int files = 0;
    for (const QString& top : {QStringLiteral("models"), QStringLiteral("widgets"), QStringLiteral("app")}) {
        QDirIterator it(root + QLatin1Char('/') + top, {QStringLiteral("*.h"), QStringLiteral("*.cpp")}, QDir::Files, QDirIterator::Subdirectories);
        while (it.hasNext()) {
            const QString full = it.next();
            const QString path = full.mid(root.size() + 1);
            QFile file(full);
            QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(full));
            ++files;
            int line = 0;
            for (const QByteArray& raw : file.readAll().split('\n')) {
                ++line;
                const auto match = pattern.match(QString::fromUtf8(raw));
                if (!match.hasMatch()) continue;
                const QString why = complaint(path, match.captured(1));
                if (!why.isEmpty()) complaints << QStringLiteral("%1:%2 includes %3: %4").arg(path).arg(line).arg(match.captured(1), why);
            }
        }
    }
    QVERIFY(files > 10);
    QVERIFY2(complaints.isEmpty(), qPrintable(complaints.join(QLatin1Char('\n'))));
}

void TestArrows::aForbiddenIncludeIsFound_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("include");
    QTest::newRow("Qt in domain") << QStringLiteral("models/domain/a.h") << QStringLiteral("QString");
    QTest::newRow("wire in store") << QStringLiteral("models/store/a.cpp") << QStringLiteral("wire/codec.h");
    QTest::newRow("session in widgets") << QStringLiteral("widgets/views/node/a.cpp") << QStringLiteral("session/fleet_session.h");
    QTest::newRow("gRPC in widgets") << QStringLiteral("widgets/controls/a.cpp") << QStringLiteral("grpcpp/grpcpp.h");
    QTest::newRow("proto in a header") << QStringLiteral("models/wire/a.h") << QStringLiteral("busbar/v1/fleet.pb.h");
    QTest::newRow("store in agent") << QStringLiteral("app/busbar-agent/a.cpp") << QStringLiteral("store/fleet_snapshot.h");
    QTest::newRow("agent in controller") << QStringLiteral("app/busbar-controller/a.cpp") << QStringLiteral("busbar-agent/journal/journal.h");
    QTest::newRow("views in controls") << QStringLiteral("widgets/controls/a.cpp") << QStringLiteral("widgets/views/node/node_view.h");
    QTest::newRow("Qt in controller") << QStringLiteral("app/busbar-controller/a.cpp") << QStringLiteral("QObject");
}

void TestArrows::aForbiddenIncludeIsFound() {
    QFETCH(QString, path);
    QFETCH(QString, include);
    QVERIFY(!complaint(path, include).isEmpty());
}

void TestArrows::topLevelIsAsAgreed() {
    const QStringList allowed{QStringLiteral("CMakeLists.txt"), QStringLiteral("CMakePresets.json"), QStringLiteral("README.md"), QStringLiteral("app"), QStringLiteral("build"),
                              QStringLiteral("models"), QStringLiteral("packaging"), QStringLiteral("resources"), QStringLiteral("tests"), QStringLiteral("widgets")};
    for (const QString& entry : QDir(QStringLiteral(BUSBAR_SOURCE_DIR)).entryList(QDir::AllEntries | QDir::NoDotAndDotDot))
        QVERIFY2(allowed.contains(entry), qPrintable(entry + QStringLiteral(" does not belong at the top level")));
}

QTEST_APPLESS_MAIN(TestArrows)
#include "tst_arrows.moc"
