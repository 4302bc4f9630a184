extension PhoneNumber {
    /// All numbers of the same line in its numbering plan, this one first; each of them has the same variants. Most numbers have only
    /// themselves: `NumberPlan.all` lists the plans with several forms.
    public var variants: [PhoneNumber] {
        let plans = NumberPlan.plans(forNumber: e164)
        if plans.isEmpty { return [self] }
        let digits = Array(e164.utf8.dropFirst())
        for plan in plans {
            guard let forms = plan.forms(of: digits) else { continue }
            return [self] + forms.lazy.filter { $0 != digits }.map { PhoneNumber(stored: "+" + String(decoding: $0, as: UTF8.self)) }
        }
        return [self]
    }
}
