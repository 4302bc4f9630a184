/// Deliveries that no form fits well, as far as they are alike.
struct FormSample {
    private var headers: SharedEnds
    private var body: SharedEnds
    private var people: Set<Int>

    init(_ content: DeliveryContent, of person: Int) {
        headers = SharedEnds(of: content.headers)
        body = SharedEnds(of: content.body)
        people = [person]
    }

    mutating func add(_ content: DeliveryContent, of person: Int) {
        headers.narrow(to: content.headers)
        body.narrow(to: content.body)
        people.insert(person)
    }

    /// Of how many people the deliveries are.
    var peopleCount: Int { people.count }

    var parts: SharedParts { SharedParts(headers: headers.cut(), body: body.cut()) }
}
