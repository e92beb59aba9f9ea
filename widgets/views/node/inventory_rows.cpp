// node_rows.h: what is built into the node.
#include "widgets/views/node/node_rows.h"
#include "widgets/views/node/node_words.h"
#include "widgets/views/parts/text.h"

namespace busbar::views {

namespace {

QString orUnknown(const std::string& text) { return text.empty() ? QStringLiteral("?") : toQt(text); }

FactPair pair(const char* name, const QString& value) { return {QString::fromLatin1(name), value, {}}; }

QString cpuText(const Inventory& inventory) {
    if (inventory.cpuModel.empty()) return QStringLiteral("?");
    return inventory.cpuSockets > 1 ? QStringLiteral("%1 \u00d7 %2").arg(inventory.cpuSockets).arg(toQt(inventory.cpuModel))
                                    : toQt(inventory.cpuModel);
}

QString countsText(int cores, int threads) {
    return cores <= 0 ? QStringLiteral("?")
                      : QStringLiteral("%1, %2").arg(countOf(cores, QStringLiteral("core")), countOf(threads, QStringLiteral("thread")));
}

QString temperatures(const HostSample& host) {
    QStringList words;
    for (const auto& [sensor, celsius] : host.temperaturesC) words << QStringLiteral("%1 %2 \u00b0C").arg(toQt(sensor)).arg(celsius, 0, 'f', 0);
    return words.isEmpty() ? QStringLiteral("not reported") : words.join(QStringLiteral(", "));
}

QString numberOr(double value, int digits, const QString& unit) {
    return value < 0 ? QStringLiteral("?") : QStringLiteral("%1%2").arg(value, 0, 'f', digits).arg(unit);
}

} // namespace

QVector<FactPair> hostPairs(const NodeDetail& detail) {
    const Inventory& inventory = detail.inventory;
    const HostSample& host = detail.host;
    const QString total = inventory.memoryMib > 0 ? memoryText(inventory.memoryMib) : QStringLiteral("?");
    return {pair("CPU", cpuText(inventory)),
            pair("cores", countsText(inventory.cpuCores, inventory.cpuThreads)),
            pair("CPU in use", numberOr(host.cpuPercent, 0, QStringLiteral(" %"))),
            pair("load, 1 min", numberOr(host.load1, 2, {})),
            pair("memory", total),
            pair("in use", host.memoryUsedMib < 0 ? QStringLiteral("?") : memoryText(host.memoryUsedMib)),
            pair("temperatures", temperatures(host)),
            pair("system", orUnknown(inventory.os)),
            pair("kernel", orUnknown(inventory.kernel)),
            pair("BIOS", orUnknown(inventory.bios))};
}

QVector<FactPair> identityPairs(const NodeDetail& detail) {
    const Inventory& inventory = detail.inventory;
    const Place& place = detail.place;
    const QString policy = QStringLiteral("settings %1 \u00b7 terminate %2 \u00b7 reboot %3")
                               .arg(detail.policy.settingsAllowed ? QStringLiteral("allowed") : QStringLiteral("read-only"),
                                    detail.policy.terminateHolders ? QStringLiteral("holders") : QStringLiteral("never"), detail.policy.rebootAllowed ? QStringLiteral("allowed") : QStringLiteral("never"));
    QVector<FactPair> pairs{pair("id", toQt(detail.id)),
                            pair("place", placeText(place)),
                            pair("product", QStringLiteral("%1 %2").arg(orUnknown(inventory.vendor), orUnknown(inventory.product))),
                            pair("serial", orUnknown(inventory.serial)),
                            pair("driver", orUnknown(inventory.driver)),
                            pair("agent", detail.agentVersion.empty() ? QStringLiteral("?") : toQt(detail.agentVersion)),
                            pair("agent policy", policy),
                            pair("host name", orUnknown(inventory.hostname)),
                            pair("boot id", orUnknown(inventory.bootId)),
                            pair("machine id", orUnknown(inventory.machineId))};
    const std::pair<const char*, const std::string*> domains[] = {
        {"leaf", &place.leaf}, {"rail", &place.rail}, {"PDU", &place.pdu}, {"feed", &place.feed}, {"loop", &place.loop}};
    for (const auto& [name, value] : domains)
        if (!value->empty()) pairs << pair(name, toQt(*value));
    return pairs;
}

QVector<Column> nicColumns() {
    return {{QStringLiteral("NIC"), 120},
            {QStringLiteral("carrier"), 110},
            {QStringLiteral("speed"), 90, Qt::AlignRight},
            {QStringLiteral("driver"), 110},
            {QStringLiteral("PCI address"), 0}};
}

CellRows nicRows(const NodeDetail& detail) {
    CellRows rows;
    for (const Nic& nic : detail.inventory.nics) {
        const bool down = nic.carrier == 0;
        rows << QVector<Cell>{{.text = toQt(nic.name), .bold = down},
                              {.text = nic.carrier < 0 ? QStringLiteral("?")
                                       : down          ? QStringLiteral("no carrier")
                                                       : QStringLiteral("up"),
                               .bold = down,
                               .sign = nic.carrier == 1 ? Sign::check
                                       : down           ? Sign::p2
                                                        : Sign::unknown},
                              {.text = speedText(nic.speedMbps)},
                              {.text = orUnknown(nic.driver), .tone = Tone::secondary},
                              {.text = orUnknown(nic.pciAddress), .tone = Tone::secondary, .mono = true}};
    }
    return rows;
}

QVector<Column> diskColumns() { return {{QStringLiteral("disk"), 120}, {QStringLiteral("size"), 110, Qt::AlignRight}, {QStringLiteral("model"), 0}}; }

CellRows diskRows(const NodeDetail& detail) {
    CellRows rows;
    for (const Disk& disk : detail.inventory.disks)
        rows << QVector<Cell>{{.text = toQt(disk.name)}, {.text = diskText(disk.bytes)}, {.text = orUnknown(disk.model), .tone = Tone::secondary}};
    return rows;
}

QVector<Column> pciColumns() {
    return {{QStringLiteral("PCI address"), 120}, {QStringLiteral("device"), 110}, {QStringLiteral("class"), 90}, {QStringLiteral("link"), 0}};
}

CellRows pciRows(const NodeDetail& detail) {
    CellRows rows;
    for (const PciDevice& device : detail.inventory.pciDevices) {
        const bool slower = device.linkGen > 0 && (device.linkGen < device.maxGen || device.linkWidth < device.maxWidth);
        rows << QVector<Cell>{{.text = toQt(device.address), .mono = true},
                              {.text = toQt(device.vendorDevice), .mono = true},
                              {.text = toQt(device.deviceClass), .tone = Tone::secondary, .mono = true},
                              {.text = pcieText(device), .bold = slower}};
    }
    return rows;
}

Cell gpuServiceCell(const NodeDetail& detail, const GpuDetail& gpu) {
    const QString own = toQt(toString(gpu.service));
    if (!isClosedApart(gpu.service)) return {.text = toQt(toString(detail.facts.service)), .tone = Tone::muted, .tip = QStringLiteral("as its node")};
    return {.text = own, .bold = true, .tip = QStringLiteral("%1 apart from its node: %2").arg(own, gpu.serviceWhy.empty() ? QStringLiteral("why was not told") : toQt(gpu.serviceWhy))};
}

QVector<Column> gpuColumns() {
    return {{QStringLiteral("GPU"), 40, Qt::AlignRight},
            {QStringLiteral("model"), 150},
            {QStringLiteral("service"), 250},
            {QStringLiteral("UUID"), 0},
            {QStringLiteral("serial"), 110},
            {QStringLiteral("VBIOS"), 100},
            {QStringLiteral("PCI address"), 130}};
}

CellRows gpuRows(const NodeDetail& detail) {
    CellRows rows;
    for (std::size_t i = 0; i < detail.gpus.size(); ++i) {
        const GpuIdentity& gpu = detail.gpus[i].identity;
        Cell service = gpuServiceCell(detail, detail.gpus[i]);
        if (isClosedApart(detail.gpus[i].service)) service.second = toQt(detail.gpus[i].serviceWhy);
        rows << QVector<Cell>{{.text = QString::number(i)},
                              {.text = shortModel(gpu.model), .tip = toQt(gpu.model)},
                              service,
                              {.text = orUnknown(gpu.uuid), .mono = true, .tip = toQt(gpu.uuid)},
                              {.text = orUnknown(gpu.serial)},
                              {.text = orUnknown(gpu.vbios), .tone = Tone::secondary},
                              {.text = orUnknown(gpu.pciAddress), .tone = Tone::secondary, .mono = true}};
    }
    return rows;
}

} // namespace busbar::views
