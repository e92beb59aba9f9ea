#include "widgets/controls/heatmap/heat_nodes.h"

#include "widgets/controls/node_sign.h"

#include <algorithm>

namespace busbar::controls {

void HeatTally::add(const HeatTally& other) {
    for (const auto member : {&HeatTally::p1, &HeatTally::p2, &HeatTally::p3, &HeatTally::draining, &HeatTally::provisioning, &HeatTally::withoutGpus, &HeatTally::staleGpus, &HeatTally::leftOut})
        this->*member += other.*member;
}

void HeatNodes::indexChunks(const items::SiteBlock& block, std::uint32_t rows) {
    const std::uint32_t chunks = std::max(1U, (rows + store::kChunkRows - 1) / store::kChunkRows);
    m_flags.assign(block.spots.size(), 0);
    m_chunkVersions.assign(chunks, ++m_version);
    m_firstNodes.assign(chunks + 1, static_cast<std::uint32_t>(block.spots.size()));
    std::uint32_t next = 0;
    for (std::uint32_t node = 0; node < block.spots.size(); ++node)
        while (next < chunks && block.spots[node].firstRow >= next * store::kChunkRows) m_firstNodes[next++] = node;
}

void HeatNodes::note(std::uint32_t node, const NodeFacts& facts, std::uint8_t gpus) {
    if ((m_flags[node] & dim) != 0) ++m_tally.leftOut;
    if ((m_flags[node] & old) != 0) m_tally.staleGpus += gpus;
    if (gpus == 0) ++m_tally.withoutGpus;
    const Sign sign = nodeSign(facts, m_stale);
    const int priority = priorityOf(facts);
    if (!m_stale && priority > 0) ++(priority == 1 ? m_tally.p1 : priority == 2 ? m_tally.p2 : m_tally.p3);
    if (sign == Sign::p1 || sign == Sign::p2 || sign == Sign::p3 || sign == Sign::p1Stale || sign == Sign::p2Stale) m_marks.push_back({node, sign});
    if (facts.service == Service::closing || facts.service == Service::draining) {
        ++m_tally.draining;
        m_outlines.push_back({node, Sign::draining});
    } else if (nodeSign(facts) == Sign::provisioning) {
        ++m_tally.provisioning;
        m_outlines.push_back({node, Sign::provisioning});
    }
}

void HeatNodes::update(const store::SiteSnapshot& site, const items::SiteBlock& block, bool stale, const std::vector<std::uint8_t>& matches, std::uint64_t matchesVersion) {
    const bool sameNodes = m_known && m_epoch == site.epoch() && m_identity == site.identityVersion() && m_flags.size() == block.spots.size();
    const bool judged = matches.size() == block.spots.size();
    if (sameNodes && m_facts == site.factsVersion() && m_stale == stale && m_matches == matchesVersion) return;
    if (!sameNodes) indexChunks(block, site.rowCount());
    m_known = true;
    m_epoch = site.epoch();
    m_identity = site.identityVersion();
    m_facts = site.factsVersion();
    m_stale = stale;
    m_matches = matchesVersion;
    m_marks.clear();
    m_outlines.clear();
    m_tally = {};
    ++m_version;
    for (std::uint32_t chunk = 0; chunk < chunkCount(); ++chunk) {
        bool moved = false;
        for (std::uint32_t node = firstNode(chunk); node < firstNode(chunk + 1); ++node) {
            const NodeFacts facts = site.facts(node);
            const bool isOld = stale || facts.link != Link::connected;
            const bool isDim = judged && matches[node] == 0;
            const auto flags = static_cast<std::uint8_t>((isDim ? dim : 0) | (isOld ? old : 0));
            moved = moved || flags != m_flags[node];
            m_flags[node] = flags;
            note(node, facts, block.spots[node].gpus);
        }
        if (moved) m_chunkVersions[chunk] = m_version;
    }
}

} // namespace busbar::controls
