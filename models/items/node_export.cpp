#include "items/node_export.h"

#include "items/node_values.h"

#include <QDateTime>
#include <QMetaObject>
#include <QSaveFile>

namespace busbar::items {
namespace {

constexpr qint64 kTellEvery = 4096;

std::string numberText(double value) {
    std::string text = fmt::format("{:.3f}", value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
}

std::string rawText(const QVariant& raw) {
    if (!raw.isValid()) return "?";
    return raw.typeId() == QMetaType::QString ? raw.toString().toStdString() : numberText(raw.toDouble());
}

NodeAt nodeAt(const NodeExportJob& job, const store::RowRef& ref) {
    NodeAt at{*job.fleet->sites[ref.site], ref.row, job.asOfWallMs, {}};
    if (!job.summary || ref.site >= job.summary->racks.size()) return at;
    const auto found = job.summary->racks[ref.site].find(at.site.rack(at.node));
    if (found != job.summary->racks[ref.site].end()) at.rack = found->second;
    return at;
}

std::string headLine(const NodeExportJob& job) {
    std::string line;
    for (const NodeColumn column : job.columns) line += std::string(infoOf(column).key) + ',';
    return line + "stale,as_of,query\r\n";
}

std::string rowLine(const NodeExportJob& job, const store::RowRef& ref, const std::string& end) {
    const NodeAt at = nodeAt(job, ref);
    std::string line;
    for (const NodeColumn column : job.columns) line += csvField(rawText(cellRaw(column, at))) + ',';
    return line + (isStale(at.site, at.node, at.nowWallMs) ? "yes," : "no,") + end;
}

} // namespace

std::string csvField(std::string_view text) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

NodeExport::NodeExport(QObject* parent) : QObject(parent) {}

NodeExport::~NodeExport() {
    m_cancel = true;
    if (m_thread.joinable()) m_thread.join();
}

bool NodeExport::start(NodeExportJob job, const QString& path) {
    if (m_running) return false;
    if (m_thread.joinable()) m_thread.join();
    m_running = true;
    m_cancel = false;
    m_thread = std::jthread([this, wanted = std::move(job), path] {
        const Status status = write(wanted, path);
        QMetaObject::invokeMethod(
            this,
            [this, status, path, rows = static_cast<qint64>(wanted.order->nodes.size())] {
                m_running = false;
                if (status.ok()) Q_EMIT finished(path, rows);
                else Q_EMIT failed(path, QString::fromStdString(std::string(sentenceOf(status))));
            },
            Qt::QueuedConnection);
    });
    return true;
}

Status NodeExport::write(const NodeExportJob& job, const QString& path) {
    QSaveFile file(path);
    const auto failure = [&] { return unavailable("{} could not be written: {}", path.toStdString(), file.errorString().toStdString()); };
    if (!file.open(QIODevice::WriteOnly)) return failure();
    const std::string asOf = QDateTime::fromMSecsSinceEpoch(job.asOfWallMs, Qt::UTC).toString(Qt::ISODateWithMs).toStdString();
    const std::string end = asOf + ',' + csvField(job.query) + "\r\n";
    std::string text = headLine(job);
    const auto total = static_cast<qint64>(job.order->nodes.size());
    for (qint64 row = 0; row < total; ++row) {
        text += rowLine(job, job.order->nodes[static_cast<std::size_t>(row)], end);
        if ((row + 1) % kTellEvery != 0) continue;
        if (m_cancel) return absl::CancelledError("The export was stopped; no file was left behind.");
        if (file.write(text.data(), static_cast<qint64>(text.size())) < 0) return failure();
        text.clear();
        QMetaObject::invokeMethod(
            this, [this, row, total] { Q_EMIT progressed(row + 1, total); }, Qt::QueuedConnection);
    }
    if (m_cancel) return absl::CancelledError("The export was stopped; no file was left behind.");
    if (file.write(text.data(), static_cast<qint64>(text.size())) < 0 || !file.commit()) return failure();
    return absl::OkStatus();
}

} // namespace busbar::items
