// Writes rows of the node table to a CSV file (RFC 4180) off the GUI thread: raw values with full precision, units in the heads, "?" for
// what is not known; each row carries site, node, the instant and the query, so that the file explains itself.
// Lives in the GUI thread; the signals are emitted there. One export at a time.
#pragma once

#include "base/status.h"
#include "items/node_column.h"
#include "items/node_order.h"
#include "items/node_summary.h"
#include "store/fleet_snapshot.h"

#include <QObject>
#include <QString>

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace busbar::items {

struct NodeExportJob {
    store::FleetPtr fleet;      ///< with the epochs of `order`
    NodeOrderPtr order;
    NodeSummaryPtr summary;     ///< for rack classes; nullptr: unknown
    std::vector<NodeColumn> columns;
    std::string query;          ///< canonical text
    std::int64_t asOfWallMs = 0;
};

class NodeExport : public QObject {
    Q_OBJECT
public:
    explicit NodeExport(QObject* parent = nullptr);
    ~NodeExport() override;

    /// False while one runs. An existing file is replaced only when the new one is whole.
    bool start(NodeExportJob job, const QString& path);
    void cancel() { m_cancel = true; }
    bool running() const { return m_running; }

Q_SIGNALS:
    void progressed(qint64 rows, qint64 total);
    void finished(const QString& path, qint64 rows);
    /// `sentence` says what could not be written and why; also after cancel().
    void failed(const QString& path, const QString& sentence);

private:
    Status write(const NodeExportJob& job, const QString& path);

    bool m_running = false; // GUI thread
    std::atomic<bool> m_cancel = false;
    std::jthread m_thread;
};

/// One field of a CSV line, quoted where needed.
std::string csvField(std::string_view text);

} // namespace busbar::items
