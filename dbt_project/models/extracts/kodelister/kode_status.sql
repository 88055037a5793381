{{ kodeliste(ref('dim_status'), kode='status_code') }}
