// Who gets the GPUs, until when, and what they are set to. Fields that are left empty leave the device as it is. GUI thread only.
#pragma once

#include "widgets/views/plan/form_part.h"

class QCheckBox;
class QComboBox;
class QGridLayout;
class QLineEdit;
class QVBoxLayout;

namespace busbar::views {

class Line;

class LeasePart : public FormPart {
    Q_OBJECT
public:
    explicit LeasePart(QWidget* parent = nullptr);
    void setRequest(const PlanRequest& request) override;
    void fill(PlanRequest& request) const override;
    QString problem() const override;

private:
    /// A field with the line under it, which says what the value means or what is wrong with it.
    QLineEdit* addField(QGridLayout* grid, int row, int column, const QString& label, const char* name, const QString& hint, Line** told);
    QComboBox* addChoice(QGridLayout* grid, int row, int column, const QString& label, const char* name, const QStringList& choices);
    void buildWho(QVBoxLayout* column);
    void buildSettings(QVBoxLayout* column);
    void check();

    QLineEdit *m_tenant = nullptr, *m_until = nullptr, *m_power = nullptr, *m_clock = nullptr;
    QCheckBox* m_allOrNothing = nullptr;
    Line *m_tenantTold = nullptr, *m_untilTold = nullptr, *m_powerTold = nullptr, *m_clockTold = nullptr;
    QComboBox *m_computeMode = nullptr, *m_persistence = nullptr, *m_mig = nullptr, *m_ecc = nullptr;
};

} // namespace busbar::views
