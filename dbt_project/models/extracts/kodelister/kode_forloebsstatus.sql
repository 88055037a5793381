{{ kodeliste(ref('forloebsstatus')) }}
