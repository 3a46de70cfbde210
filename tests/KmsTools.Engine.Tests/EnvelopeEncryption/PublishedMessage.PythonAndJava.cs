namespace KmsTools.EnvelopeEncryption;

/// <content>Messages that the SDKs for Python and Java made.</content>
internal sealed partial record PublishedMessage
{
    public static PublishedMessage[] PythonAndJava { get; } =
    [
        new(36, "[Python ESDK] alg=ALG_AES256_GCM_HKDF_SHA512_COMMIT_KEY; frame_size=2048")
        {
            DataKey = "vfPpEnCooy3XFzxt/4vPIZ2i7ec07PiYmasAU0PT7JY=",
            Plaintext = "testing12",
            Message = """
                AgR4yNblPxh8dEafsUL5bpyJNqiqn8p+y/7AXcHUbywUVpwAAAABAAdhd3Mta21zAEthcm46YXdzOmttczp1cy13ZXN0LTI6NjU4OTU2NjAwODMzOmtleS9i
                MzUzN2VmMS1kOGRjLTQ3ODAtOWY1YS01NTc3NmNiYjJmN2YApwEBAQB4QPOMJ14xCXQWwQcpUVBXGWSto+8cIelMi6C9vJ0PtBQAAAB+MHwGCSqGSIb3DQEH
                BqBvMG0CAQAwaAYJKoZIhvcNAQcBMB4GCWCGSAFlAwQBLjARBAxa70VQY6/+Av/OLD8CARCAO/v5YAqSmoWIuYyYXF1mrgXuRMSCIan5ihnGlBfWLeayEd35
                vc+XCXUPkFhkq518ngB09ul3bHPgvphgAgAACAAZ8+mwxDWarFDhqjHmpnIy2q2R80WwF9lAWy4ZCmei64JGBkBhGG4U4vF+Qh4TOMb/////AAAAAQAAAAAA
                AAAAAAAAAQAAAAmoJ2RCTnS8yT+k0RTr16lJzJ/ISzKB1paB
                """,
        },
        new(37, "[Python ESDK] alg=ALG_AES256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384; frame_size=2048")
        {
            DataKey = "27Mr50n9EYgz/iYs6a1xpgQJaw0u4bPtxI2gUE08Dkg=",
            Plaintext = "testing12",
            Message = """
                AgV47ifhy2pEjH4uPOG+7E9js5isde/lfQ99SPOJ6k44gtMAfwADABVhd3MtY3J5cHRvLXB1YmxpYy1rZXkAREFqZGJtM2lxSXFPQWQyT3QzQjZuWGpTYVN2
                aWZrTmtDMzNpUEpJMjZYNEo0KzRBRGJ4VnFRTndOcjljOFgzcUZOZz09AAVrZXlfYQAHdmFsdWVfYQAFa2V5X2IAB3ZhbHVlX2IAAQAHYXdzLWttcwBLYXJu
                OmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvYjM1MzdlZjEtZDhkYy00NzgwLTlmNWEtNTU3NzZjYmIyZjdmAKcBAQEAeEDzjCdeMQl0FsEH
                KVFQVxlkraPvHCHpTIugvbydD7QUAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgBZQMEAS4wEQQM8OlFmmVp8XwQLrSrAgEQ
                gDsFOqtWv5PZxNNeWRRGiaTgSHUr69mvDLohdL88CEkTaiAExVWhByMUSpvbbJW9TUmNJWkCd3nhGl90SQIAAAgA+9+06T874sHO44BxZyxznHnDFdH9j1qo
                Z/XIjE1IZeBnGjkqNF7n262O13osDfHh/////wAAAAEAAAAAAAAAAAAAAAEAAAAJ7Vzzk9nJuGI6j4rF7n3eLTTMWmU0rH25jABnMGUCMQDiZmYTwm7emvFw
                ByAYHYXJQUYfc5FfSpjUp7nNQz9gCboKc3O8z0E/+832YqPQLj8CMA5LI5IofS9NBy5j4GpNpu7CWqUZHDWAEXDjGydjpCBL5Rw9IrrjuIJ81S48w/cY1Q==
                """,
        },
        new(38, "[Python ESDK] alg=ALG_AES256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384; unframed")
        {
            DataKey = "qApow0AClB0e1zK5u4NLs33LpEbugfQgH5JTYXn2MvY=",
            Plaintext = "testing12",
            Message = """
                AgV4wjhFuoHhF6np5UvxBujGNCGe8CcoCsePw7aXzeLgH8wAfwADABVhd3MtY3J5cHRvLXB1YmxpYy1rZXkAREE4dXY0S0lYWlIwTWhwUm5kQ3ZZK0p1elRR
                cStqVWxacnBWMHM5RXFNV0ZjaFRBd0FIVXdIK2tOSzA5S3BBQnkwdz09AAVrZXlfYQAHdmFsdWVfYQAFa2V5X2IAB3ZhbHVlX2IAAQAHYXdzLWttcwBLYXJu
                OmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvYjM1MzdlZjEtZDhkYy00NzgwLTlmNWEtNTU3NzZjYmIyZjdmAKcBAQEAeEDzjCdeMQl0FsEH
                KVFQVxlkraPvHCHpTIugvbydD7QUAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgBZQMEAS4wEQQMvsueY9q2K9SdGKfuAgEQ
                gDvLQ5OljOCV1/YH/tYzl8WF+LGPRRj07YoY41t9XjjzZkhjH6nhZfY+QO8CLSM8ut1UDcjsiHMc8wAPPQEAAAAArqoSW/LCsWqA2PzItFUJsyDF/wAPCbMz
                c6YuAdKnWXvUPTIdnPA3H7jAmRegjNLnAAAAAAAAAAAAAAABAAAAAAAAAAkdnEdnIYuM46iNVFb59YSGI28tcMvNOTHdAGcwZQIxAItH5NgTud0q8MNvhktG
                LyG2UDTJHxiDJ5yZs5Tuc9Vlxl/t2cGFdJqp1vopF4RxhAIwToqh7JWjG24wQ3t9mXSLpoNwJL2WotrznE/XIcjW4SZLtjETsQGq+yF92XR6s8Ur
                """,
        },
        new(39, "[Java ESDK] alg=ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY; frameSize=2048")
        {
            DataKey = "bg8qt1PWj3LyfQbmltjoZyFAm/Pgs0Ft8YvOwhzEO78=",
            Plaintext = "testing12",
            Message = """
                AgR4SKFdV3T67xu9VbyFL2tA8QdxcqAxzgD7Eh13p8M5cMcAAAABAAdhd3Mta21zAEthcm46YXdzOmttczp1cy13ZXN0LTI6NjU4OTU2NjAwODMzOmtleS9i
                MzUzN2VmMS1kOGRjLTQ3ODAtOWY1YS01NTc3NmNiYjJmN2YApwEBAQB4QPOMJ14xCXQWwQcpUVBXGWSto+8cIelMi6C9vJ0PtBQAAAB+MHwGCSqGSIb3DQEH
                BqBvMG0CAQAwaAYJKoZIhvcNAQcBMB4GCWCGSAFlAwQBLjARBAxln6D0fSs0n3QylqECARCAO49ROJ2rH9g3yzoyD2O3CqMCM+vYYYf9LdgxgWSpic1pBiox
                441RgiXNTen/xE8KH5KFApq7UxF6cVmUAgAACAAVpe6A8Ntdm2I23PgG9j0YsKxz+5AzUVADJtE5fhaQktSunzx3GUVkkZNV9X66ONn/////AAAAAQAAAAAA
                AAAAAAAAAQAAAAnLTOSn7ir+xUizlogMTuv032ic0uHdwvS+
                """,
        },
        new(40, "[Java ESDK] alg=ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY; unframed")
        {
            DataKey = "jUopPfY/IoBzCxwLOuIAMcPIgV8CqHbET1rRxbVLYZc=",
            Plaintext = "testing12",
            Message = """
                AgR489rpKG1gc7jEIpNVoPmEidpm/S6/mMNmpo5DUPtjfvoAAAABAAdhd3Mta21zAEthcm46YXdzOmttczp1cy13ZXN0LTI6NjU4OTU2NjAwODMzOmtleS9i
                MzUzN2VmMS1kOGRjLTQ3ODAtOWY1YS01NTc3NmNiYjJmN2YApwEBAQB4QPOMJ14xCXQWwQcpUVBXGWSto+8cIelMi6C9vJ0PtBQAAAB+MHwGCSqGSIb3DQEH
                BqBvMG0CAQAwaAYJKoZIhvcNAQcBMB4GCWCGSAFlAwQBLjARBAwj+RmdJoCGvYKswYkCARCAO4v0/pYT9NN+9UN1a+Wwt4ME2TQUXCGDLktXwOPTrpzzKbsd
                ey847gJLMscis/PnhJFjIInSl7YXTs4sAQAAAAD4mNRyy2Ilyp28lKHdEvDtfZG56XuJjZUp1tPYfAy0EmkB6jixZ5UADkWCIjCQLYkAAAAAAAAAAAAAAAEA
                AAAAAAAACaZigN09HSXKB3hv/nlrI7juPtl66ZV0Pz8=
                """,
        },
        new(41, "[Java ESDK] alg=ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY; frameSize=2048")
        {
            DataKey = "MZv4plYYs6q9TOExQ5P+HeH3NOKIRXjiLVv2Vj8LSxQ=",
            Plaintext = "testing12",
            Message = """
                AgR4vafj1mv/vUetSfKzMMMdBBhex4G16PjlJ8K+9OByS6IAHgACAARLZXlBAAZWYWx1ZUEABEtleUIABlZhbHVlQgABAAdhd3Mta21zAEthcm46YXdzOmtt
                czp1cy13ZXN0LTI6NjU4OTU2NjAwODMzOmtleS9iMzUzN2VmMS1kOGRjLTQ3ODAtOWY1YS01NTc3NmNiYjJmN2YApwEBAQB4QPOMJ14xCXQWwQcpUVBXGWSt
                o+8cIelMi6C9vJ0PtBQAAAB+MHwGCSqGSIb3DQEHBqBvMG0CAQAwaAYJKoZIhvcNAQcBMB4GCWCGSAFlAwQBLjARBAyI8tQDiO0m7qOfNg0CARCAO+VgyLtx
                T+Eb02elXBaCQ3cz55+SvPcqHHUXXuCX8JaWXgq0InC8zDfr6KfTc1itDb86rBsOLEoyAPT9AgAACAASKDlK/F3PcVnpZ/IV03tWNmt60wMWMIxI40arC9KX
                aLV0vuEnPh6RTqoptrrWITT/////AAAAAQAAAAAAAAAAAAAAAQAAAAkCrP0akjzj2aPe8qr9NwhMueXE1c27YMph
                """,
        },
        new(42, "[Java ESDK] alg=ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY; unframed")
        {
            DataKey = "67b7K61ls7BZ76vRXY1Ydl13KvFEtF44Lb8V1A+qaWk=",
            Plaintext = "testing12",
            Message = """
                AgR4bhUk0J5Af3Nq/UkQD6Dqx3ru9xUluYP6CW+318aF9hUAHgACAARLZXlBAAZWYWx1ZUEABEtleUIABlZhbHVlQgABAAdhd3Mta21zAEthcm46YXdzOmtt
                czp1cy13ZXN0LTI6NjU4OTU2NjAwODMzOmtleS9iMzUzN2VmMS1kOGRjLTQ3ODAtOWY1YS01NTc3NmNiYjJmN2YApwEBAQB4QPOMJ14xCXQWwQcpUVBXGWSt
                o+8cIelMi6C9vJ0PtBQAAAB+MHwGCSqGSIb3DQEHBqBvMG0CAQAwaAYJKoZIhvcNAQcBMB4GCWCGSAFlAwQBLjARBAw6iQ92YNQm0DM9RKACARCAO/86abwJ
                HCx3jzUuMGFStBVCKwXla3beFh0tsco5I9yuNKahzl60HDzG08n3szNFsCFgSg39Mg47ABiXAQAAAADoJEHTCZXi5+RjdcDY/SDrBc4gcsZIJ7SjSj1D3hsU
                f6rJ1u+UKD8iaMm0Ae6gVX0AAAAAAAAAAAAAAAEAAAAAAAAACQaK024+LpXF6tV/ekHQSmrC4ZABZTZqUJY=
                """,
        },
        new(43, "[Java ESDK] alg=ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384; frameSize=2048")
        {
            DataKey = "N1FQDxFaNrglCmz/yTTVfZVh36k3KvgeKpZuHrvdCbg=",
            Plaintext = "testing12",
            Message = """
                AgV4kRpnmOGf7OG3OqrPlL6SqR4ZO7nvoOOfkB/NOmJ9VJUAXwABABVhd3MtY3J5cHRvLXB1YmxpYy1rZXkAREFtN1Z3eG12OGhoc0kxL2VEUThMTzVna2dy
                TGw5Y3MvZE5QWWRsL1laMkxjamxCdldxRzVwb2FWaytLM0psejFBUT09AAEAB2F3cy1rbXMAS2Fybjphd3M6a21zOnVzLXdlc3QtMjo2NTg5NTY2MDA4MzM6
                a2V5L2IzNTM3ZWYxLWQ4ZGMtNDc4MC05ZjVhLTU1Nzc2Y2JiMmY3ZgCnAQEBAHhA84wnXjEJdBbBBylRUFcZZK2j7xwh6UyLoL28nQ+0FAAAAH4wfAYJKoZI
                hvcNAQcGoG8wbQIBADBoBgkqhkiG9w0BBwEwHgYJYIZIAWUDBAEuMBEEDOj+C2KslbEZcT2PSgIBEIA7K6QwakePtQ0xW+Ip/0cNi7DkMqwTGORmv5asamzX
                bUKz28JNCInaqW14aIuuwwsm0z3+809CE+ko72MCAAAIAG4FL0GhcP4Vc8AUVzjbvzYhLikm6htqY5pQtOEbLI8vwrg/XVgcMv7hpEMsgmnr1v////8AAAAB
                AAAAAAAAAAAAAAABAAAACWk9CHIOP9+CMH6UJi1wsxwKA2UiLbPKa0oAZzBlAjBN+Qychto+YKgiEJUtrFuWjEs7M+V8UCim4+pN9FtZmiEgchHyQnMSCyvV
                95kHtFsCMQDs0M1Bjg3s2bfLKsiH+hkJePl+Hasn8bNwPShA54u1eXCnm1mv8+yjNLy19DDXSl4=
                """,
        },
        new(44, "[Java ESDK] alg=ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384; unframed")
        {
            DataKey = "xhOuDy6HPNHtVzACWDor5m2KyT69vFGsv3wRP0OMJG0=",
            Plaintext = "testing12",
            Message = """
                AgV48AP2Janq1bcZ1DrZJtaJNM24UZD9UX7R2/yP+4OzLuMAXwABABVhd3MtY3J5cHRvLXB1YmxpYy1rZXkAREF4UWphQ1NXQzkzSWJZV3ZLbFhNUWlybFEy
                ZVBBeUlRcUJ6am1zK1NtZVo4d0txazJyS1lPVHJMOFFqWVVzMVR3Zz09AAEAB2F3cy1rbXMAS2Fybjphd3M6a21zOnVzLXdlc3QtMjo2NTg5NTY2MDA4MzM6
                a2V5L2IzNTM3ZWYxLWQ4ZGMtNDc4MC05ZjVhLTU1Nzc2Y2JiMmY3ZgCnAQEBAHhA84wnXjEJdBbBBylRUFcZZK2j7xwh6UyLoL28nQ+0FAAAAH4wfAYJKoZI
                hvcNAQcGoG8wbQIBADBoBgkqhkiG9w0BBwEwHgYJYIZIAWUDBAEuMBEEDDD5mSvuYzwT9/eJ9QIBEIA7vnyXsGXnLURceBmqLlK8soxg/cIstDKW1XCI0OfG
                Y4yhYjjr0l9XwAu0clOYrJdpwJNjYAz8uIpnXs0BAAAAANDc3n2TAsoULoixfm5jipiQ2qABoB2KBteVpJ1xvjgRidbCTV7O5ggCOjqfRt8YcgAAAAAAAAAA
                AAAAAQAAAAAAAAAJ7o9NINW0Q1jdL6PfMKn+f6izn2bU5QJOcQBnMGUCMBF6eRMvcIRQ+7kb/dxKaFem2GFa0vnpoBclaik6SWH1/J+qSyIwskpIG8yrWvkj
                DwIxAOSeqMPZX2uZbbExbyWZUE1/rC1f4JqA0wFTkWPTEIkfu9YCo2ZhdZrVm1xeqjmr0g==
                """,
        },
        new(45, "[Java ESDK] alg=ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384; frameSize=2048")
        {
            DataKey = "vxGKyd1THdpAdVHmYdoLwsY7Vw9C6pGQLhdVwarE0Lw=",
            Plaintext = "testing12",
            Message = """
                AgV4wPGtUdkHghbL8J2/2JO48DSSazj5Z2HLrY1NsW0XKnUAewADAARLZXlBAAZWYWx1ZUEABEtleUIABlZhbHVlQgAVYXdzLWNyeXB0by1wdWJsaWMta2V5
                AERBMnJLdFI0Q082NWtiWEttaVlQY3VXZEk0aXJ2OUJZWGV5RXJzdFp6VzU1eDZNOGFBZTJSR1hnZjF5Q1Y2cmZiZGc9PQABAAdhd3Mta21zAEthcm46YXdz
                Omttczp1cy13ZXN0LTI6NjU4OTU2NjAwODMzOmtleS9iMzUzN2VmMS1kOGRjLTQ3ODAtOWY1YS01NTc3NmNiYjJmN2YApwEBAQB4QPOMJ14xCXQWwQcpUVBX
                GWSto+8cIelMi6C9vJ0PtBQAAAB+MHwGCSqGSIb3DQEHBqBvMG0CAQAwaAYJKoZIhvcNAQcBMB4GCWCGSAFlAwQBLjARBAxM5zuF0GHdLiOWtw0CARCAOyep
                7YpLEJtixgbgjRDDP15ffP7C9Sma9PC1T55rcDTBKiArCbu4zH849ZPSzc+zeeHcSDc1LZOtCFUGAgAACADpb8LgUoW6cWWE7VLLY1Yp/w3r9hw02ZPVxxXc
                4WrPwp6oUhEnIzWOoXWnOF+KX5//////AAAAAQAAAAAAAAAAAAAAAQAAAAnFSX0svHUHX5oYM5mZeQH+lI/B9cYxRX2EAGcwZQIwTWCrBLIkRLWjWpKmdbpK
                SexC4w7UJlR0SMud5kym5+Hs9+VFho3PblnEQ5qXtS5RAjEApDNPjapvgGdC5t+ti8L6NFjFhrsc1fROpUiNno2A86+QjLUQe0BuRoPmHlPWl0ez
                """,
        },
        new(46, "[Java ESDK] alg=ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384; unframed")
        {
            DataKey = "k/f3Ora/LfrKWi/gAkrVUJy7BTVeotHdFR4fTPk2Lc8=",
            Plaintext = "testing12",
            Message = """
                AgV4NIrbgvJHnrCNOqOP2FRfO9GITBLJd8xbEvhJu3WNCUAAewADAARLZXlBAAZWYWx1ZUEABEtleUIABlZhbHVlQgAVYXdzLWNyeXB0by1wdWJsaWMta2V5
                AERBd1NZQ21RODYybmVKRUlBRU9YczRqVGIzVlBLL1pwbWtOSkR6eGFRaVVjR0VTUGxZekd1K3cxQkt2cjhIOWlYemc9PQABAAdhd3Mta21zAEthcm46YXdz
                Omttczp1cy13ZXN0LTI6NjU4OTU2NjAwODMzOmtleS9iMzUzN2VmMS1kOGRjLTQ3ODAtOWY1YS01NTc3NmNiYjJmN2YApwEBAQB4QPOMJ14xCXQWwQcpUVBX
                GWSto+8cIelMi6C9vJ0PtBQAAAB+MHwGCSqGSIb3DQEHBqBvMG0CAQAwaAYJKoZIhvcNAQcBMB4GCWCGSAFlAwQBLjARBAwcMP008tCOAHWwKMQCARCAO6Jd
                dAzG8rjYhkiifNg+u9CV3YrfgX3/WJLQVfruPM8rAY6b0h1CA59q9287F3wAz4TdBDvOJx25OjL0AQAAAAB/DPmV33Jz8DtfV/0gBSp21AE5JTdylNEwTsUc
                nHyofXYjPvkvq6aJCt3gWOLtnSkAAAAAAAAAAAAAAAEAAAAAAAAACaX0vpCBWsCd0SKJWqWLPmqKgG2g961qBIoAZzBlAjEAo3oAliRCOvhExMFaAtgdHJhg
                uUdlEKE8HYGEbCWILUcmY3pdQEZWF9av1eMGOT5uAjBeKCuCrzI496vqYC3eChefw4J7bGrWTcUZVwCbijJV/VehvV8WoH1kds8esTZl24Y=
                """,
        },
    ];
}
