#include "busbar-controller/services/watch_encoder.h"

#include "busbar/v1/fleet.grpc.pb.h"
#include "wire/codec.h"

#include <grpcpp/impl/codegen/proto_utils.h>

namespace busbar::controller {
namespace {

class FrameWriter {
public:
    FrameWriter(const FleetDelta& delta, EncodedFrames& out) : m_delta(delta), m_out(out) {}

    /// An event with the delta's epoch and revision, to be filled and added.
    v1::WatchEvent& fresh() {
        m_event.Clear();
        m_event.set_epoch(m_delta.epoch);
        m_event.set_revision(m_delta.revision);
        return m_event;
    }
    void add() {
        bool own = false;
        grpc::ByteBuffer buffer;
        if (grpc::SerializationTraits<v1::WatchEvent>::Serialize(m_event, &buffer, &own).ok()) m_out.messages.push_back(std::move(buffer));
    }
    void add(const WatchBatch& batch) {
        wire::encode(batch, &fresh());
        m_event.set_epoch(m_delta.epoch);
        m_event.set_revision(m_delta.revision);
        add();
    }
    void addColumn(const ColumnDelta& column) {
        v1::ColumnChunk* to = fresh().mutable_column();
        to->set_metric(static_cast<std::uint32_t>(column.metric));
        to->set_observed_wall_ms(m_delta.wallMs);
        to->set_first_row(column.firstRow);
        to->set_rows(column.rows.data(), column.rows.size() * sizeof(std::uint32_t));
        to->set_values(column.values);
        add();
    }

private:
    const FleetDelta& m_delta;
    EncodedFrames& m_out;
    v1::WatchEvent m_event;
};

} // namespace

FramesPtr encodeFrames(const FleetDelta& delta) {
    auto frames = std::make_shared<EncodedFrames>();
    FrameWriter writer(delta, *frames);
    if (delta.snapshot) {
        v1::SnapshotBegin* begin = writer.fresh().mutable_snapshot_begin();
        begin->set_node_total(delta.nodeTotal);
        begin->set_row_total(delta.rowTotal);
        begin->set_site(delta.site);
        writer.add();
    }
    WatchBatch batch;
    batch.kind = WatchBatch::Kind::nodes;
    for (const NodeBatch& nodes : delta.nodes) {
        batch.nodes = nodes;
        writer.add(batch);
    }
    if (!delta.leases.empty()) {
        batch.kind = WatchBatch::Kind::leases;
        batch.leases = delta.leases;
        writer.add(batch);
    }
    batch.kind = WatchBatch::Kind::facts;
    for (const FactsBatch& facts : delta.facts) {
        batch.facts = facts;
        writer.add(batch);
    }
    for (const ColumnDelta& column : delta.columns) writer.addColumn(column);
    batch.kind = WatchBatch::Kind::event;
    for (const FleetEvent& event : delta.events) {
        batch.event = event;
        writer.add(batch);
    }
    if (delta.snapshot) {
        writer.fresh().mutable_snapshot_end();
        writer.add();
    }
    if (delta.heartbeat) {
        writer.fresh().mutable_heartbeat()->set_controller_wall_ms(delta.wallMs);
        writer.add();
    }
    return frames;
}

} // namespace busbar::controller
