namespace KmsTools.Cryptography;

/// <summary>RSA vectors of the Wycheproof project (C2SP/wycheproof, testvectors_v1), in Base64.</summary>
internal static class WycheproofRsa
{
    /// <summary>PKCS#8 of rsa_oaep_2048_sha1_mgf1sha1_test.json.</summary>
    public const string OaepSha1Key = """
        MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQC9McegJpHS2Vh+9qlG/3iFRMyt1LKYitYghnkqa/lshha0rRMxfSJwuQHQ/NHYgMuPUvuHMEpS
        WMEbON/q6N9nCu7n6h0NnfjgDoCEfkHlmJ7UAtROeLMP7xe1Zx062/hoXk3CBEmezRhj4dWv8op89m6t8x/skjbBIK3RNFFSLGR8mDKmcs1k0yjBwyIYP0Zh0Jva
        YLjdXwMo2lQgghQkr9q7GoDF0SdjobAjjNidB0K/xQtqL8twHYJCGPmCb094ojorWqQqzn8XU3b7bL2yutKTulg9TTHGuPkCnkaxNokkmFX1BXVuAOIlpqRaGHab
        2NKzpKy58cI9PlGIJWHlAgMBAAECggEAB0fVIMqbLfwDNc+UMBFAuBAvuDjJLqmZF+NU4lcJYC3Aze8jH/Jq0t+rvDkecjBypO9Skp8/HPAhbkTACTAw+KwpCW+u
        8okzvJuSQocBTi6TXiFFvkdSzLgst2RicZNpecq3P1Ie6yeFWsKkEINK5Qguti72+Yme5cu2JKjYwEq37c94/hNdD4CPY7XebgcXeb8dnqr40++WVIbyxSYl5uV6
        ZRx7vQGXyZwFezhgoyYMhkoRs88iukTeOjs/MRfmTr+akfYm67Pzwm0bC7gHU0aNS/apl7KDNfIO2MOE11WDYKmul1VmH6N0mEaxdOa/Mw5S0JlB9szX3lAEd5+b
        uQKBgQD+PSONN2o4VtlZL9SWHBen+w+jnUQunfIuftoRXGSMXLc434nqktg3hVjQ2cHPPYv/dA03Q6AUCmp1I+kXbClTssEdf0RpHPi+wrNPtZxklTWYMxlIgRjA
        MRiudEXnDfRmzphnEmDwXVBoznd9qX4rqEd5SQUAzrT/f2LOypoUfwKBgQC+gUrya/PCcRW8dZXQ0Soa93E/7Kh3rm5thYgl7aPRknBHdPQuGuG2fxc56MRaBHY4
        gHD6VFt8yWuKRAA7yNB/3nP1vN0YJoOV3MKEK1Aj/xSzUjgmB7cXml6jMIQPxFBF2G4KzE/rE18KubfOa4619aV18qKo3imcDT9QbfSHmwKBgGG7TPRXLgz0Td78
        BQOjTvCzEUL7DJ/C9bsr5lYwJzLR3VkOjWzQAC/vocG/Q8KPzUZo7T+mTl4F1wCqykrHuGdFWvkk2D5z9acXH2jvzmvX899LHVgC0GnpNayyY8C7W409s9ZDeWJM
        7MEtRT/YLPlJWhhkmnjB/VAOPwRxW6OvAoGAZknb6SCnqM65ghCM2auFdSdJiq5SorhpGKtrOBpKLLv5R5T3i03pxeilmvVtgHwG0j2869yhpvYrpPjwOymPMilK
        kDbRbCc53hzD4N200S8keUh7V4gq+iRsDil9r02UYHxeUbP0cV9cV9DybYZ5ASCdsCAQ0KVBKEZAqbnwY2MCgYA57GBvXJ8fM9lkYG4Sjp6Qz/kydyxXFap1mBbV
        BO/ixGIG8zeaph0x+I5ya1DdgLjOhVig10CFJfWMM5nOMuI51wlB8S0h53YcBD4LAiINJf/QNXHHrlu9WcMfSBIGdvnXw3CnSdhJG9/OoBZioTbIXTSbbHEPxvbr
        +Kenm2Ktww==
        """;

    /// <summary>tcId 3: the message is "Test".</summary>
    public const string OaepSha1Short = """
        UEtODZTYAKnakr6PqE/DRferSSHsU8Bzx5WSs0emksziRQE16Zjge7de1+5E8Ef3Wgfje5yRLT1Sm2K+8USVLVsgIkatMsXTTshVnEFj4hRfpf1NVt4oy/5+U31X
        MjBZRck3C7xtzXKzKW/VSiZgNlcV99kRCZyW3+bRFO7HtEJctlcBqp4I2Zx6wgF5ZWu2eFVNdLrKRQG10LNmyXIkvwyHNOAP8q+LkWrvi4MULV7BQkk+DMTFcyZR
        WlCjHsLGcDUSA0ZC5XiWSXc9L4MSVhvy8vYADOvb98epX7/Q9yHDG6OSrOo3Vook8XZ2f3GzH0B1c97vlcMF4OBj2w6RaA==
        """;

    /// <summary>tcId 11: the message is as long as it can be: all bytes are x.</summary>
    public const string OaepSha1Longest = """
        hlRkMJDOQmEY3M4rsPyjsqTtRVidc64vVoMzTxfKW59B65f/Vmy7wBcdiWL8ykZfZvTPFNARTXdou6wd+3JtkTMWcODojOcobh8O56zVzXXg0yWtyfR/8CggVEdw
        7PRvOB/zMKXHWXjo0kjMEvB1LMfEUiZa6Rn1pN18IAI/v1HQtBOv4J90YRTRbRvkmcmNJw6SE6N6KnRaO7IWvTCgfREFWAkPT+c96+oAnhjrN3Du3dcVC0xyMVOf
        cjLYN4NkkMlUfifawA77WozN+afDwdKcA1FwpRfbiZ7mGSXMeizSeM9Xbr6Cgb06TyZl8V3QsuYbzWUXLC//UKhqKtvy8Q==
        """;

    /// <summary>tcId 12: lHash is wrong.</summary>
    public const string OaepSha1BadHash = """
        eGarD4FDfek0QjJfAvhqMFxKSghxIH/zIDdGwmpD//WXnmjHQmTDTa0TlVoyeF7BUj/MsmSVftb2uCK1wFK5Fh1rda3eRRxvjWN6dd/8m5qRA5NOd3zvQbeWa/cw
        pkjluWqlh5NtRgEk3OxRW1VHOgCYRPGcsnlL1zlVfSVBfiwDZ2KpIUgdcotNMqgBWxdTm3zCoWorM+Q7hVYaIRn7bJ2O1C1r7DJCgb554veUJsZT+ERaIMzoeiwm
        PnkzuO8/oLn584/RFf3kWeXTLu4kEsCvBtL2RU4EugYOqHxaoNSzZfJLTwW7J8SqQgYaRc3O8aORGAGLh137n5BP2k2A+w==
        """;

    /// <summary>PKCS#8 of rsa_oaep_2048_sha256_mgf1sha256_test.json.</summary>
    public const string OaepSha256Key = """
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCitFGgfQql+W5FVnFRNVBRSopbRi6+9xcJT6H+6CIk5jf5dG0/fK/TGHjYAyW271oXAPZZA7Rp
        Qp6J1urIhFCXtas5MYnbklEu2KdxGhJT+s0g95wV6CR/PT5C5G5IyY4lSi/pdlMToD7/jxfhoCk5eh+iao3OJvSQ7YEplhXZgUwi2mEEKOCcfZZYWUJm9cAh0Pzs
        oI2UWhK+gt5NHs5rTAMUW100ldTtVBHrh42vBf16/D4JraDxEmQi9ZCXWhlpgW9IaYvLuhtNnK551GDY+fheeXUAXZvCLE5awPfBpF0SVppigH07mgLlpTDncwZv
        RT0fW0wunPeCAoP3QrnVAgMBAAECggEAJM3GIxf11ypva6bMljKJmwHR/yiGfXL2FoiZW8hVpOQgqEBSUAib2xPPjglUOCe3SLnSf7srTZ4gr4xaaoYnltGkzBit
        Fupni8G9SoO7vpxeV0U7XOc4jkGjukzit3tEOKIp6VT3INrgNT3AiKyKdrJtwnb44beFHd1jmK0W/y54GVEjubA26UXDjJ0SQ09t92/iI1nrPhrJwBFnj8km+tOu
        R1pP//9V/rLRR+nIlPTA4ppZnnYkYkgtlov0J4CUX8DSwxxXPEQxuPT+i4xnvsgVq9RPeobtyhwjCHNzWNLCrl4uDi2t9zCYAmI3flixO32ZkgYKC8hwzP20qTGe
        4QKBgQDcQxBQ94LolPtSSCR9mMt9WLjR4k87VdBBxW5N4Iaw1bsCi9pC7rXSNNVoHlgJ1BXmoomtTPv3j5ePbDWBT1Duv/HFuApp94joHmurXdqng2nWWdFD7G8X
        55gTpXXPrZxWkVa5ARPi6REK2ee0ihyTSKbmUzIRkSkOo2z7OlsY8QKBgQC9GoHnl3+YmBIic64yIrWY6l+xnrTqvDgwil4yGWYDsuUA/7efW4hoFmEd68Ry+sRV
        RAcL6wV8lBN4poaK87egPT+YgOxH1eCJuU+95UKrqa6NcsVwiNer9bEx85CY97wWD5BTaryUkv1OBvPtcpnUuXuwNncgfZVmnxQM+8IPJQKBgQCpS1KLKPKRWZEh
        2RlS/9HH8h18FHnZnUeIhfsWGHDuEhi/CEcmEtvlSX6NnGUGiOCceGlhrj4sNU3EiuNFFHWcTCPEWISIlh3Aa0FOYcDh5/u9KSPTFTL+KJ+W2iIHEeWMFAGYCOAE
        FCdpM7sH5O+5tKmzdlaRcgUgnzPwlRXXwQKBgDrw5yqTOu8J/yUD33i6/tUxwC/xorxDfFQM3L1K01Q1z1EXY1llQ0gGKbEUyn94D/fvoy6gy24ADW2eofLvcf2c
        +ZSEIqFlVX4351Xt/nDZC5IFAutHi8mKY/eIzjoPhW1u3nJRo4O/qPpICoGpJa97PMU4xLq4yfdZf/toAR2NAoGAJkD7+8/vsWPueoe2SDpm7kH5VtkPqKeTm/wE
        LuCSSxt5k9BEX3WNUZM+hRecAyCwyWi0ipHDi1vpI+EJfAxWL4jUIpS2onWbr6VCinTxJwh05F9vzGDyFgLeXszRQ88xJB9ZIbWtOYP7VO8XvjsoU2flDJmcZyR7
        VS/kv86UX3s=
        """;

    /// <summary>tcId 3: the message is "Test".</summary>
    public const string OaepSha256Short = """
        Xqs/B0HmOYbtZH1T4c1x3wQZhpAIA9D5nGg1XSSaFaR9xbT3ChkUd2VCmeWicx87Tux23qGCYvxpaseU5fZsv83axEcsV44kbCZwdZgFVYRUC4OYNrFATFYRrlWK
        mEzuj9A2zqkk4L4kdKlA9h4KzBT8rpXr3FmUKpzpr5qcgZmff2gV8Ff/3CUzyxXWOR0eLZXxb5wEIJyImkw1nH0pJtKKZuKwMKQWuSjSglYnmY5RkftJg6bmUCQm
        LZT8CRh6LXgWISJDMlHRv8yOUH0G66LSKcEAMSYdoyq4zNFfHF+fvwftFYSD1zahEK9LRNak2mDWy1GbRFQhPPnw3FYPKw==
        """;

    /// <summary>tcId 11: the message is as long as it can be: all bytes are x.</summary>
    public const string OaepSha256Longest = """
        fvtp8RN9am6BO3q3W/BACz0HpEK4irBIZ13AawIV/BouAzJj7DGmwdLqxWywRw1pAipIEx0fAAu+1wWGuAz2NWRlyINNrO1+oqX/jvnETVq4KP+/BVamOUdSpKKK
        cMriAIThI28EL2wp3lyzTvc6y6WrzHzLOiY0JwHfO52qlF2fpb8LmxAwZlXlY3AYP1D7gyH48M0cchFHkfyl3yFmKWtQmwGgspHEYRB4fOvmnUGzseiVkLwvXl1J
        6iSuDxIH7vGu5UuXYFU+gMVQaoqKdXMukodQJfC/1erXHkNAyKn6FtzVp9yW2MSn3E6R9HppNmRFxGlci61Xj/5Su2cvZQ==
        """;

    /// <summary>tcId 12: lHash is wrong.</summary>
    public const string OaepSha256BadHash = """
        KH1xCKHG56GKywBFsgxXzfKsA0VrRJQnZKep6f3z20gdfiAuTI1zO1a5wek9ceeRr4MlyTY994myUqXtDt3Hnnb6QcLLCjVhg5ghejkKXm2Z7tkF1VVNGcHPTjC9
        8cL8xRSLZB1xs/GXe2PSMmSN3ZNeyUmaU6wvvKxV9GLpEGWtqgGKOcRTunWb1otFQHQVNCHiznXPFJ90i1uEdY34pCPRxQyICvhj8qbfPNRlyjaqIVK1dx89UH9K
        Tdn4AG2A7KI1Nwkih5dvIYqQ3x4W2In+MeefcwnzIk9hPptSR5/nO3qtkVMZo7YqWTZkn30BXXsJ9/qfRU94p8PdS/eR4A==
        """;

    /// <summary>PKCS#8 of rsa_pkcs1_2048_sig_gen_test.json, SHA-256.</summary>
    public const string Pkcs1Sha256Key = """
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCitFGgfQql+W5FVnFRNVBRSopbRi6+9xcJT6H+6CIk5jf5dG0/fK/TGHjYAyW271oXAPZZA7Rp
        Qp6J1urIhFCXtas5MYnbklEu2KdxGhJT+s0g95wV6CR/PT5C5G5IyY4lSi/pdlMToD7/jxfhoCk5eh+iao3OJvSQ7YEplhXZgUwi2mEEKOCcfZZYWUJm9cAh0Pzs
        oI2UWhK+gt5NHs5rTAMUW100ldTtVBHrh42vBf16/D4JraDxEmQi9ZCXWhlpgW9IaYvLuhtNnK551GDY+fheeXUAXZvCLE5awPfBpF0SVppigH07mgLlpTDncwZv
        RT0fW0wunPeCAoP3QrnVAgMBAAECggEAdifu81Z7KicmjlIFPs0xw6cXLMud3O6BmzBqWzxmt1c8pPqI78bzxKAL+grnE59kVDpNrD0Fgj9v9HfPzshP4qx6aLFy
        BLOQIy4RAxDE6JnE58EJZ9tKzeBC278Z2+ALS0dB3hAgqqr/tQVMeXyfE299k6w/yMr/ZlQkLXgh6+5Re/U39ENmoP3UWuBbmQnC5swe2Sge/0OZ92yWuWIz7Cmu
        C78NdSsjT8GXOJ9RBQqhrNAcB0w6yPvbnqi2UalZlejbStXEO2yGc+WhJufulLjf9MWvwBJZvI2naVC65vi65xX1CYWw1vZtBMb+87cAcg7s3N8XG7ex7L5yicRn
        wQKBgQDcQxBQ94LolPtSSCR9mMt9WLjR4k87VdBBxW5N4Iaw1bsCi9pC7rXSNNVoHlgJ1BXmoomtTPv3j5ePbDWBT1Duv/HFuApp94joHmurXdqng2nWWdFD7G8X
        55gTpXXPrZxWkVa5ARPi6REK2ee0ihyTSKbmUzIRkSkOo2z7OlsY8QKBgQC9GoHnl3+YmBIic64yIrWY6l+xnrTqvDgwil4yGWYDsuUA/7efW4hoFmEd68Ry+sRV
        RAcL6wV8lBN4poaK87egPT+YgOxH1eCJuU+95UKrqa6NcsVwiNer9bEx85CY97wWD5BTaryUkv1OBvPtcpnUuXuwNncgfZVmnxQM+8IPJQKBgQCpS1KLKPKRWZEh
        2RlS/9HH8h18FHnZnUeIhfsWGHDuEhi/CEcmEtvlSX6NnGUGiOCceGlhrj4sNU3EiuNFFHWcTCPEWISIlh3Aa0FOYcDh5/u9KSPTFTL+KJ+W2iIHEeWMFAGYCOAE
        FCdpM7sH5O+5tKmzdlaRcgUgnzPwlRXXwQKBgDrw5yqTOu8J/yUD33i6/tUxwC/xorxDfFQM3L1K01Q1z1EXY1llQ0gGKbEUyn94D/fvoy6gy24ADW2eofLvcf2c
        +ZSEIqFlVX4351Xt/nDZC5IFAutHi8mKY/eIzjoPhW1u3nJRo4O/qPpICoGpJa97PMU4xLq4yfdZf/toAR2NAoGAJkD7+8/vsWPueoe2SDpm7kH5VtkPqKeTm/wE
        LuCSSxt5k9BEX3WNUZM+hRecAyCwyWi0ipHDi1vpI+EJfAxWL4jUIpS2onWbr6VCinTxJwh05F9vzGDyFgLeXszRQ88xJB9ZIbWtOYP7VO8XvjsoU2flDJmcZyR7
        VS/kv86UX3s=
        """;

    /// <summary>tcId 83: the signature of "Test".</summary>
    public const string Pkcs1Sha256Signature = """
        JkSR6ETBGfFOQlwDKCE5pVjc2uuCpGKBc81Af9MZ+QdurrwN2HocIuTReDkJaIbVip1bf3rrY+/sVsRax76tQgO2iG4fqpDgKOwK4JTUa/P5fv3RkEXPvCWhq9ok
        MmOfmHZAXA1o+O2/BHwSpFT3aB1dWitUvTcj0ZPbrUM4uq11MmQAbi0IkxxLi7eaocnK0Q62YF+HxYMfbisI4AL5xvIRQfWEHZJyfdPh2Zw2vFYNo8kGffmfyvgY
        lB9yWIvjMDK60iyvZwQiO7EU1XW20C2dIitYAAXZMOj0DM6fZy7rtjSiAXfYQ1FieWS4PyBT1zaoSrGgBfY71bqUPeYgXA==
        """;

    /// <summary>PKCS#8 of rsa_pkcs1_2048_sig_gen_test.json, SHA-384.</summary>
    public const string Pkcs1Sha384Key = """
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDNpvpcp2v+BJLsV+Cjv/9yctyNHiWtH7M4qgUPAsEE5jEz1rW3xJheu66awDalucAwdNYK7I4l
        uvOSoMQw/wW4jpSIBdPddFEdiIUlCntXQhWtoBXFWQdmhuJTzMlsCBWxKR7nh8wzY7T3fZMOuZjXxYKyTOqc4h3pcieRmJhjon68gKAN5b0vkih3XlpM6wVNWMm+
        NqBUM2lxoTZC3ZUQ3WlqomjbOqsimdXYj45WJDTRQnCU09+OctHvabTtNNErrDdSI7KiXPIn9zX4FuheFyOTBHaaYIIVTNFYmfwervtpt0ij5e0k04NyWX3j5OKi
        e5UdasfbGC1oCdj/URt/AgMBAAECggEAWj3JYtr8omyzZA5zvqdDmp8YdLwj4EImzNiee6XDuTihopO3Dbqw+fD1f2aVFEfcM+cw/X4sKhZNR6xQKwfdJM08FCwq
        eeTOq1z6v/RHh1SyWowCwaR9gNnzer5ELKmniyP2Mbb/PhWklW1/GFkM3rIG1eK2mL0ITyYOgu8o/57G28haiV7Io4ZXUPUBuWEl2xu92ZpK5GiK2zBKq9/E4M+5
        /mtrwNt0yIr4IX7tc4oNBP6NMsHREDcM4cGy9jBlc1BpSUJzCHjm//d62n6aMX34vAWepwgTJTBrjrL6DTo9ifrkdtk0SJK81aQs+Dt7zz4OUbTHjnKzIHpgpwGt
        sQKBgQDviFuH4lwp0e5DHR9Kznh8T4guktEsSydmyE+JJjEG7wvg3cTeO/BhorpG/+fBMq5n0zfwTcZtrrneVTeR9JifULIkyYGBK1OI0cK11TNJphOTv2YRmVtp
        iPFDwnjMwmDP6CpqxKZAmAfqsyZkt+4/HEHf5Wfgl/16/oUghxocUwKBgQDbylgiiMgaMNZYHycgUKX+p3PXETAb3W7KxyFOAMD8uUmPHlhQhrFEY8yJoCwud6iS
        ccBYxvafPNE1U5lNinbPYq2eJ1IXcg1i626IjsRQnOpHS1Pze0WPyVbdMd87tux95lnojn5wn+O+ao03Jkw9IOfQiCds52UaQDxo1sR+pQKBgQCdfofIUdKNgMXr
        hPN1SUq5WcXN8aTtPcD7eMuq/tyPlY+227o88SY93DQkyNBGHJ/GDoAiVdEZfyAhCuEN68iKQBHR1Fh9aNJ1DI685iDh1PvcUqW2/qG3Q153UiABafEj4qA5MXGq
        2QujiwW8hZ92CYtavsjNSMJXI5C+8XX+lwKBgA7tYC0AQy7cMEKN4xdjwtJXxxtNNIo/8L1e5tkoXfMMFn3c3ryhWTq+2G5kbXu+brl7dkfRQ4CvHbpUci39AHK3
        TflWzFGBUn1sZfZqU9Txw0uSRyJbNe89CmQ9dd7VXpxyX5rWyqmVgl81V1/ufvEL4hKcnKjd0lUFFdU8+N1tAoGAEB0fSa+wTQZb2MKQAdIS5ze7ppYQhXSjMKnL
        rMUb9slllPN/upyN4VbCJjcdSZAhkeH2nYShNSGTv/KeMY6zbt5v+6uTtlVez2rdyp4TTCAiCi0ksDptI++MYIpRhnafZv4vayG8OfYnetcGA4uQeHLEcWYJwiN2
        ITDvA2FkgvI=
        """;

    /// <summary>tcId 91: the signature of "Test".</summary>
    public const string Pkcs1Sha384Signature = """
        lDqqsGdVqwErTgYiEKw+LBpFXKMPHGW+7g99VDhOTg1OOQIIMyaQ/vW6DPzv+/4o5rBaHs2LyjpQ+VQvF8OdKBlaUCA8eIUZXH6E2iZDa8n+f6mKUHDgobb1HYrH
        0nNP214LMtoN9sbJgxG8TUWLTpcEEsZ3Mu/+Z+CDEjv8ae0WQJC+PUGje95SEZ2hak/H+6XY06uQW8p7G8z0aZqKvqGdC6Bln7bJS07G0G/QhpWPRDp0p4O3RA9g
        YPAcud7onzLC9v7mHj1hVI+2s6D2tknNi9XVpbvAFvTHN4icedRcQbVAYSkGbiWd+gb6LsBc+TMN7GbtTPibgLD13NIsTw==
        """;

    /// <summary>PKCS#8 of rsa_pkcs1_2048_sig_gen_test.json, SHA-512.</summary>
    public const string Pkcs1Sha512Key = """
        MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQDCxKhgI208kJagdta6UQfg972B4bqRb3N1ckvSsLC2OVaBNxWjRXqwRYtx+zWkWyf573rD5Xne
        pF37/QeBnta3AhqlM2xYRCqt2Wyp7p0yRz6dknhWK00QJYreapj7HHz9w7NxbvXexYz3OzWfOJWZtLWGWphjUZ6wAcMkOH2nVUUNs0Ewk2DjgHwFZbjixE+9Xm6N
        BNAG1+52i46ENggqkPoOg38y9GCHq0oNm+KKp9oXlM6wFyp/UO0g9t9kHvvL/SqsiXdcdhpzEAk8ZxyXf6GLDW4B+yX3pDK0LGU1l4TGiSBXGcHPbjpl2uLaQ0wy
        bd6Bu2//+9v23lwWu6dJAgMBAAECggEAClwnkKWRw+z09igcF+EDiEXlQKlfISlKfO7NdbGMVMUMAueJMRwbAJFSb4erPMjUgYjpgM4OA3e+wA6ffZeTWDy2ah8o
        HjHSC1lLXGai2e/MNtl5qSu4d6lnj5kf9gt34o+sVdZPIcBkVSpDGesKmhhwp2rePDo1NKuDU8PleycINjhZrTpjN/wV/7kJgNk3Q/ly10PD3G/dtEJ5B5qAmr7I
        ETpvmH9xdIwDak2vNTsnqB5pg9VqLWW3G5MSjVVpSZ0QrROW8JTu13wETjzp74LwAUwlumk5KMALUEO2QbAW41abS9hNaDNyU4ZxMHMhwl5ZDxS+8kHm2O3yT/OY
        WQKBgQDnShJHWaF03jMYWZaztDfCTtJIID1nSoe8wudqZnvj9UrBXo8E5MXlQPThn0AqcdN9OXVtzvv677OACVts+99NeN0gzwhaHxJ2EOO3ECymveGCWUGrYC6b
        csCORTOsUDFxOOEL9+3+ow9S7pHqZijCzGXna6/ALrnSGrZq03TvJwKBgQDXk7T1UUkhv7xHoeRfqgQ+6gPwUrzmAOxPXGKwFKfEWus/S8AhYOexLe4TXkSyJ6MY
        VMqDOscG0UZwq1kyomnJtvkYisuT5pi0p9/2W7nJY8LgKyzqPy1cslTge2FnkoluN1UMs4FxxMMuCmVDu+as1OmavquhNAqWEBdBK1e8DwKBgE3UAgSaZ5cw8hae
        hvSfjyfGaEI2/xKT5Msi9sY6CDR0JRyemhe2d9UmH4EQmoHt3ZHE1PwHa4lMQaWzAF3S/5hNNHPG1vOkgwzRsB64xZ2yRYEcUdm+OtC6M4tsQ/AW6BxGXIwveJl3
        +z8X4mfyyoKKTzwpY3GTB5povLuDvlR/AoGAdno1L8XWvXeU0IGG85SK9NDEDWZLbtT/CrapfkA728xkEctd8npBm7y0ZWyfsJHcLtka23iIPZTyc6WYRh3Aqh2n
        VPei3swTDOZeThUnTClJxs2zx6GlGpbf0ue8JqIAadR7J5nYAGC1LC6GbO1t33q8UFGOHfBuCP8a6LQbab0CgYBUed2jD8BrY8tfd+ILsp237sems3pQB/llGkb/
        tmyQFgvlcAFFxqCNlzepjF97oNzvOTUsxdhhLZT9Ajg7jgkxFTdrFU+hzr35Fd3AUacBfWeiOPtDdnSc7ZRxKxF6HQyjHNZToZVd1Uc0bQOyHrCtPBI/uF6SyK9Q
        qYXbEOunmw==
        """;

    /// <summary>tcId 99: the signature of "Test".</summary>
    public const string Pkcs1Sha512Signature = """
        oPRlgs3mviFTUbt7Kej/JDmIFvrZ5+LtbM8dC1KWutgnMWwYsVZSUykfocC66ppzU1fP+JIOECSuVwfdLwz8yebMgUAiF9m09R4Q3vK8L0kk59IsAi/IfWw+dy9J
        UgUNAnsAOrQmf/InoVzHyITNtGu8frOIUtDm2KEvSFzLAxIVcJdofeu2/q8rbayZgiTGBHwdVycZW7jOBaWWaQNOiN4OSBWvAMZd71uXSNAXRVBWzBrG06d+Mfzq
        TnJu2mvnvTPlCWluVNHRhYoRZfqezl1i5JPBozqzyU0pSDihnzZ/t5nWtpFhvZUypu8xfeuRmSPXjjMwnxSpe2gCPWALTQ==
        """;
}
