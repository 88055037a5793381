{{ kodeliste(ref('dim_mentortype')) }}
