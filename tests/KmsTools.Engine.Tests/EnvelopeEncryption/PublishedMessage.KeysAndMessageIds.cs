namespace KmsTools.EnvelopeEncryption;

/// <content>Data keys and message IDs of zeros and of examples, and messages that two data keys open.</content>
internal sealed partial record PublishedMessage
{
    public static PublishedMessage[] KeysAndMessageIds { get; } =
    [
        new(1, "Non-KMS key provider")
        {
            DataKey = "+p6+whPVw9kOrYLZFMRBJ2n6Vli6T/7TkjDouS+25s0=",
            Plaintext = "GoodCommitment",
            Message = """
                AgR4TfvRMU2dVZJbgXIyxeNtbj5eIw8BiTDiwsHyQ/Z9wXkAAAABAAxQcm92aWRlck5hbWUAGUtleUlkAAAAgAAAAAz45sc3cDvJZ7D4P3sAMKE7d/w8ziQt
                2C0qHsy1Qu2E2q92eIGE/kLnF/Y003HKvTxx7xv2Zv83YuOdwHML5QIAABAAF88I9zPbUQSfOlzLXv+uIY2+m/E6j2PMsbgeHVH/L0wLqQlY+5CL0z3xnNOM
                IZae/////wAAAAEAAAAAAAAAAAAAAAEAAAAOSZBKHHRpTwXOFTQVGapXXj5CwXBMouBB2ucaIJVm
                """,
        },
        new(2, "Non-KMS key provider (Expected Failure)")
        {
            DataKey = "8Bu+AFAu9ZT8BwYK+QAKXKQ2iaySSiQwlPUrKMf6fdo=",
            Message = """
                AgR4b1/73X5ErILpj0aSQIx6wNnHLEcNLxPzA0m6vYRr7kAAAAABAAxQcm92aWRlck5hbWUAGUtleUlkAAAAgAAAAAypJmXwyizUr3/pyvIAMHLU/i5GhZlG
                ayeYC5w/CjUobyGwN4QpeMB0XpNDGTM0f1Zx72V4uM2H5wMjy/hm2wIAABAAAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh/pQM2VSvliz2Qgi5JZ
                f2ta/////wAAAAEAAAAAAAAAAAAAAAEAAAANS4Id4+dVHhPrvuJHEiOswo6YGSRjSGX3VDrt+0s=
                """,
        },
        new(3, "KMS key provider (with ECDSA)")
        {
            DataKey = "FX5R4LJUJ1XkzcV5GGRS9MSdtc+2kzyvEsVFiETwdi4=",
            Plaintext = "Plaintext",
            Message = """
                AgV4vjf7DnZHP0MgQ4/QHZH1Z/1Lt24oyMR0DigenSpro9wAjgAEAAUwVGhpcwACaXMAAzFhbgAKZW5jcnlwdGlvbgAIMmNvbnRleHQAB2V4YW1wbGUAFWF3
                cy1jcnlwdG8tcHVibGljLWtleQBEQXRnM3JwOEVBNFFhNnBmaTk3MUlTNTk3NHpOMnlZWE5vSmtwRHFPc0dIYkVaVDRqME5OMlFkRStmbTFVY01WdThnPT0A
                AQAHYXdzLWttcwBLYXJuOmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvYjM1MzdlZjEtZDhkYy00NzgwLTlmNWEtNTU3NzZjYmIyZjdmAKcB
                AQEAeEDzjCdeMQl0FsEHKVFQVxlkraPvHCHpTIugvbydD7QUAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgBZQMEAS4wEQQM
                OTLXUpQGBjgD+EYIAgEQgDsqRrwjQTGW0pA78dc+2Y/IqUrG7eAO4hZ07BNJEnd1d3+gUqW6Yunk8qyN9ryxdY8s4PshzJ7lyXIDuwIAABAABc0DWynVSZ1F
                h1cLh1Aq/mNPeyzD3yqpiKEBBUosdod2yzOfJTZ0H1mhwgJPJZSr/////wAAAAEAAAAAAAAAAAAAAAEAAAAJ+m45xgKSc5k+9oOlZEBdaNvusGVs1XyesABn
                MGUCMCoWR62YhnklwXEuj63nCz8qK8O4UOuR71bP3RiWfZHYQtkrrzV7ukj2Nseghpyt4gIxAKquEtCPigr+heUFSAMRDJ7YEbLgisSgUqkHQhfqOwG2YFNK
                ySG/CR0SNlfisJNovQ==
                """,
        },
        new(4, "Key = zero, Message ID = zero")
        {
            DataKey = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            Plaintext = "testing12",
            Message = """
                AgR4AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAAdhd3Mta21zAEthcm46YXdzOmttczp1cy13ZXN0LTI6NjU4OTU2NjAwODMzOmtleS9i
                MzUzN2VmMS1kOGRjLTQ3ODAtOWY1YS01NTc3NmNiYjJmN2YApwEBAgB4QPOMJ14xCXQWwQcpUVBXGWSto+8cIelMi6C9vJ0PtBQAAAB+MHwGCSqGSIb3DQEH
                BqBvMG0CAQAwaAYJKoZIhvcNAQcBMB4GCWCGSAFlAwQBLjARBAw9EJqts2PkPA43eeMCARCAO9JPXvk6hofpX8P50mlDfAEwIiJc9sTS82KeLPBiZRnvmWcf
                2YSceNCoKTOB819M1auXncAYO8JJ/VzPAAdhd3Mta21zAEthcm46YXdzOmttczp1cy13ZXN0LTI6NjU4OTU2NjAwODMzOmtleS81OTBmZDc4MS1kZGRlLTQw
                MzYtYWJlYy0zZTFhYjVhNWQyYWQApwEBAgB4IDgBgT3DGKHrXsN2bi23PO+MOMGydcgwgWav8w1SQk0AAAB+MHwGCSqGSIb3DQEHBqBvMG0CAQAwaAYJKoZI
                hvcNAQcBMB4GCWCGSAFlAwQBLjARBAw4v1P6lkHuuyIOZ7ECARCAO0iAkJa/Ivo37+t5rryGAGMiIHuamdq21HBOULwcGmMzCT69PWNgm1l59xq+8AOinEEz
                ohfm2jBueXA2AgAAEABDPYN/Wct+m8YzTRVK/4MRCcY3LZj4tayFiL/376umUUTUenheMypVEflUomVblvr/////AAAAAQAAAAAAAAAAAAAAAQAAAAlCp+rA
                MHiuKyGr0KRmjDC6C7TXAvAwtFjR
                """,
        },
        new(5, "Key = zero, Message ID = zero (signed)")
        {
            DataKey = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            Plaintext = "testing12",
            Message = """
                AgV4AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAXwABABVhd3MtY3J5cHRvLXB1YmxpYy1rZXkAREFoR0N4RmM2T3M3aTYydXppMEdKeTR4TmJm
                Y0M5UVRzUWhkaW9PaExISklBdXFiWmlPSmhoQjEvQW95VEwrMU9jZz09AAIAB2F3cy1rbXMAS2Fybjphd3M6a21zOnVzLXdlc3QtMjo2NTg5NTY2MDA4MzM6
                a2V5L2IzNTM3ZWYxLWQ4ZGMtNDc4MC05ZjVhLTU1Nzc2Y2JiMmY3ZgCnAQECAHhA84wnXjEJdBbBBylRUFcZZK2j7xwh6UyLoL28nQ+0FAAAAH4wfAYJKoZI
                hvcNAQcGoG8wbQIBADBoBgkqhkiG9w0BBwEwHgYJYIZIAWUDBAEuMBEEDOl5m0bj8TSUWO4GBwIBEIA7V0a+DvNMcbD7jfMcMuk0Rz8vB3oEp9wlIATpXzJm
                jqWefsFPJy5izbrFcR5CydFN2KS3h7E/9AjlQiUAB2F3cy1rbXMAS2Fybjphd3M6a21zOnVzLXdlc3QtMjo2NTg5NTY2MDA4MzM6a2V5LzU5MGZkNzgxLWRk
                ZGUtNDAzNi1hYmVjLTNlMWFiNWE1ZDJhZACnAQECAHggOAGBPcMYoetew3ZuLbc874w4wbJ1yDCBZq/zDVJCTQAAAH4wfAYJKoZIhvcNAQcGoG8wbQIBADBo
                BgkqhkiG9w0BBwEwHgYJYIZIAWUDBAEuMBEEDIbOPUE8vBwp3Z6CLQIBEIA7mvK9rkzLwhrM+A8KXqqfj6pktEbnUrfggiAYnpss2KuZhM/vh/ha1SE9mSXw
                d4SFGVYOG5Q9/WevH1ICAAAQAEM9g39Zy36bxjNNFUr/gxEJxjctmPi1rIWIv/fvq6ZRrGZZkIZ1T4L6ZU5vqj/DrP////8AAAABAAAAAAAAAAAAAAABAAAA
                CYppWXO1LeMi/qxGk3haWIs2N4VSEWHPa7cAZzBlAjAnb0SKcZVySyKIYvYvJA0yDUuftkXNoi01Umw+9MpwGh/y3cR3+TKU4DnNuljEkfACMQCNMCiS30oM
                IWNlhrWBQ852fhfhLvg8jLGIYLwFhEE9NrnyDYfj2H8Ej7+qK4C9OTY=
                """,
        },
        new(6, "Key = zero, Message ID = example")
        {
            DataKey = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            Plaintext = "testing12",
            Message = """
                AgR4PKWpyXOBmk4yDyakq0VRlXuStoPoaQ0n0tO1i/9LdVsAAAACAAdhd3Mta21zAEthcm46YXdzOmttczp1cy13ZXN0LTI6NjU4OTU2NjAwODMzOmtleS9i
                MzUzN2VmMS1kOGRjLTQ3ODAtOWY1YS01NTc3NmNiYjJmN2YApwEBAgB4QPOMJ14xCXQWwQcpUVBXGWSto+8cIelMi6C9vJ0PtBQAAAB+MHwGCSqGSIb3DQEH
                BqBvMG0CAQAwaAYJKoZIhvcNAQcBMB4GCWCGSAFlAwQBLjARBAyLV34wpxvMYsbEiU8CARCAO0bxzvbstOlsWM526OaxxrXGZcngJ/76lY0BzOXIX9AXwtTs
                Jo665uBaTIr4/vRykIKYzaZHSAuXKsdgAAdhd3Mta21zAEthcm46YXdzOmttczp1cy13ZXN0LTI6NjU4OTU2NjAwODMzOmtleS81OTBmZDc4MS1kZGRlLTQw
                MzYtYWJlYy0zZTFhYjVhNWQyYWQApwEBAgB4IDgBgT3DGKHrXsN2bi23PO+MOMGydcgwgWav8w1SQk0AAAB+MHwGCSqGSIb3DQEHBqBvMG0CAQAwaAYJKoZI
                hvcNAQcBMB4GCWCGSAFlAwQBLjARBAzI7Ml/HzSTtW5N/8wCARCAO8cdJ+NTV5FmL2ct3yQSJDgoyBdZPBdm4jU9l4jcDt5lbYFd1zDxgPeNk31VXLPNsX0m
                Tx0OaEPIK6KlAgAAEAACl+KPtzMY6hHYeXFawsClEaCgrwZP3NxMctmWVgd4gnqay0u/SsaSuLWWsLJs7bH/////AAAAAf//////////AAAAAQAAAAlL5waU
                rU/1SiTVGftdt6I+oiP381iEHj9x
                """,
        },
        new(7, "Key = zero, Message ID = example (signed)")
        {
            DataKey = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            Plaintext = "testing12",
            Message = """
                AgV4PKWpyXOBmk4yDyakq0VRlXuStoPoaQ0n0tO1i/9LdVsAXwABABVhd3MtY3J5cHRvLXB1YmxpYy1rZXkAREFoR0N4RmM2T3M3aTYydXppMEdKeTR4TmJm
                Y0M5UVRzUWhkaW9PaExISklBdXFiWmlPSmhoQjEvQW95VEwrMU9jZz09AAIAB2F3cy1rbXMAS2Fybjphd3M6a21zOnVzLXdlc3QtMjo2NTg5NTY2MDA4MzM6
                a2V5L2IzNTM3ZWYxLWQ4ZGMtNDc4MC05ZjVhLTU1Nzc2Y2JiMmY3ZgCnAQECAHhA84wnXjEJdBbBBylRUFcZZK2j7xwh6UyLoL28nQ+0FAAAAH4wfAYJKoZI
                hvcNAQcGoG8wbQIBADBoBgkqhkiG9w0BBwEwHgYJYIZIAWUDBAEuMBEEDLIcLILCEW0b/akcFQIBEIA7sN7bHvnMwOLqzk8ZQgRTZSyIRSbXV8XucXF6jh/c
                B6q7KQHak72WGEowX06j+q1CmqIHQsHgLJJ7Y7cAB2F3cy1rbXMAS2Fybjphd3M6a21zOnVzLXdlc3QtMjo2NTg5NTY2MDA4MzM6a2V5LzU5MGZkNzgxLWRk
                ZGUtNDAzNi1hYmVjLTNlMWFiNWE1ZDJhZACnAQECAHggOAGBPcMYoetew3ZuLbc874w4wbJ1yDCBZq/zDVJCTQAAAH4wfAYJKoZIhvcNAQcGoG8wbQIBADBo
                BgkqhkiG9w0BBwEwHgYJYIZIAWUDBAEuMBEEDEJci+3Rbh2YQr2wVgIBEIA78+/l+kW07ZozOJ/aA2eZ3KlNAy6rT6DC/18vT+rT8kXgJAtvcLfYGL8QvVcZ
                nxeLX4ebtzdzIWmUZhACAAAQAAKX4o+3MxjqEdh5cVrCwKURoKCvBk/c3Exy2ZZWB3iCOgF1daFLUF+WmSaKQstsl/////8AAAAB//////////8AAAABAAAA
                CQY49UBR9fGrbSLGqwWF/gAL17cwTR18A5MAZjBkAjAKrkLQ1xAPssfM1rfJibkZQb0260Mm2vRCetEgl3RDJx/sBSxnRBZo53aRQHML6rwCMHmqQaG/tBze
                Wp9N0xengvRNL7eHJFSLxbCCgOOHlUllPWa03oYrvRCUPQ9RfREeDg==
                """,
        },
        new(8, "Key = example, Message ID = zero")
        {
            DataKey = "Sfdon2EodFWiGY6ITvIDJZXhzKZPj2IQCi+1x/tw2ho=",
            Plaintext = "testing12",
            Message = """
                AgR4AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAAdhd3Mta21zAEthcm46YXdzOmttczp1cy13ZXN0LTI6NjU4OTU2NjAwODMzOmtleS9i
                MzUzN2VmMS1kOGRjLTQ3ODAtOWY1YS01NTc3NmNiYjJmN2YApwEBAgB4QPOMJ14xCXQWwQcpUVBXGWSto+8cIelMi6C9vJ0PtBQAAAB+MHwGCSqGSIb3DQEH
                BqBvMG0CAQAwaAYJKoZIhvcNAQcBMB4GCWCGSAFlAwQBLjARBAzyYxT13KXwmUdiy88CARCAOzGOUQoGACVGrO4G0peHG71kP2zcDJpbdgZwUJBED49U3gpn
                QpBTWp2hp1N7Qti/fxNTccVKGZzutdZoAAdhd3Mta21zAEthcm46YXdzOmttczp1cy13ZXN0LTI6NjU4OTU2NjAwODMzOmtleS81OTBmZDc4MS1kZGRlLTQw
                MzYtYWJlYy0zZTFhYjVhNWQyYWQApwEBAgB4IDgBgT3DGKHrXsN2bi23PO+MOMGydcgwgWav8w1SQk0AAAB+MHwGCSqGSIb3DQEHBqBvMG0CAQAwaAYJKoZI
                hvcNAQcBMB4GCWCGSAFlAwQBLjARBAwP+Chc1R00x7BpDcsCARCAO3vvz3yc9wbc2BBLvX0Mdc4Z5gVDOCLOXuNiSNmCFqHAZqVgwQZPJb8xg+LQ0Li+luAf
                frro75j4bV3ZAgAAEABCgKFhvD9vTCe32kD42QLPj7aksASoP1T02N4az5lpkszyG+f3sYswBonWP9RwXEv/////AAAAAf//////////AAAAAQAAAAl9Q+pO
                IP6ElqvCiPy7rOA36dQnyyOGg463
                """,
        },
        new(9, "Key = example, Message ID = zero (signed)")
        {
            DataKey = "Sfdon2EodFWiGY6ITvIDJZXhzKZPj2IQCi+1x/tw2ho=",
            Plaintext = "testing12",
            Message = """
                AgV4AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAXwABABVhd3MtY3J5cHRvLXB1YmxpYy1rZXkAREFoR0N4RmM2T3M3aTYydXppMEdKeTR4TmJm
                Y0M5UVRzUWhkaW9PaExISklBdXFiWmlPSmhoQjEvQW95VEwrMU9jZz09AAIAB2F3cy1rbXMAS2Fybjphd3M6a21zOnVzLXdlc3QtMjo2NTg5NTY2MDA4MzM6
                a2V5L2IzNTM3ZWYxLWQ4ZGMtNDc4MC05ZjVhLTU1Nzc2Y2JiMmY3ZgCnAQECAHhA84wnXjEJdBbBBylRUFcZZK2j7xwh6UyLoL28nQ+0FAAAAH4wfAYJKoZI
                hvcNAQcGoG8wbQIBADBoBgkqhkiG9w0BBwEwHgYJYIZIAWUDBAEuMBEEDHeEI3Z1nYS1NsWO3gIBEIA7kheJ0Nc6B3mnlQSehdOnpAQfk1DWf4Yio61pzLJJ
                xdjAL/mxnkczLPTUbbbQKPwyAozKoE324+Tbu0wAB2F3cy1rbXMAS2Fybjphd3M6a21zOnVzLXdlc3QtMjo2NTg5NTY2MDA4MzM6a2V5LzU5MGZkNzgxLWRk
                ZGUtNDAzNi1hYmVjLTNlMWFiNWE1ZDJhZACnAQECAHggOAGBPcMYoetew3ZuLbc874w4wbJ1yDCBZq/zDVJCTQAAAH4wfAYJKoZIhvcNAQcGoG8wbQIBADBo
                BgkqhkiG9w0BBwEwHgYJYIZIAWUDBAEuMBEEDGY7wZesL6TorCErTwIBEIA7/+0ch6ZtFmPqI8UkrwueqwRBJsFGNWcFqgL9jnyVGkw9Nb422X9wzAvmAZxf
                fxbdmTNEzTaQPiOTpOMCAAAQAEKAoWG8P29MJ7faQPjZAs+PtqSwBKg/VPTY3hrPmWmSO8OkA7vPXdTYugnXxz8umP////8AAAAB//////////8AAAABAAAA
                Ccv5HJwalZMTSUDIh9Z5MNr+qA7gnMqHxM0AZzBlAjEAin8CuSVzytkAqI+TiqPyaslB8bb1OFd2RY1xUuIeFCmYZSo+53ok5nyTquzxEGRLAjALrF/ggOtv
                Z8qUNJCWaYOz9UGYll3YmU8de0x6NEwCj5XednEd8Jesw9mOZ5+qbSg=
                """,
        },
        new(10, "Key = example, Message ID = example")
        {
            DataKey = "Sfdon2EodFWiGY6ITvIDJZXhzKZPj2IQCi+1x/tw2ho=",
            Plaintext = "testing12",
            Message = """
                AgR4PKWpyXOBmk4yDyakq0VRlXuStoPoaQ0n0tO1i/9LdVsAAAACAAdhd3Mta21zAEthcm46YXdzOmttczp1cy13ZXN0LTI6NjU4OTU2NjAwODMzOmtleS9i
                MzUzN2VmMS1kOGRjLTQ3ODAtOWY1YS01NTc3NmNiYjJmN2YApwEBAgB4QPOMJ14xCXQWwQcpUVBXGWSto+8cIelMi6C9vJ0PtBQAAAB+MHwGCSqGSIb3DQEH
                BqBvMG0CAQAwaAYJKoZIhvcNAQcBMB4GCWCGSAFlAwQBLjARBAx3EP1N/LumYE8aNewCARCAO8m7yeBMjLVEHoeMmbylI3QdPRoqp+mJDgcN5ykeh5OpAr7f
                lh9VlZcik9OOPViXcGSKodlDLibhi1W1AAdhd3Mta21zAEthcm46YXdzOmttczp1cy13ZXN0LTI6NjU4OTU2NjAwODMzOmtleS81OTBmZDc4MS1kZGRlLTQw
                MzYtYWJlYy0zZTFhYjVhNWQyYWQApwEBAgB4IDgBgT3DGKHrXsN2bi23PO+MOMGydcgwgWav8w1SQk0AAAB+MHwGCSqGSIb3DQEHBqBvMG0CAQAwaAYJKoZI
                hvcNAQcBMB4GCWCGSAFlAwQBLjARBAztBB+UBueMi1l2QyQCARCAOw8NELkDmYdYArDjxBiHF3nlbbMjhPN/6tsCTrryk78nIe1kUj6dhOW4jv9UAK9v8II+
                kLeOwq1JsCr0AgAAEADxsVyYp96/hpK+FPm+py4GHisVMco6nM7oDHr08PByitCSr8UpuX4JwQvWDz3Em/b/////AAAAAf//////////AAAAAQAAAAnIeIJl
                IPwbFrcG232KWGshMJ9+1gKublnM
                """,
        },
        new(11, "Key = example, Message ID = example (signed)")
        {
            DataKey = "Sfdon2EodFWiGY6ITvIDJZXhzKZPj2IQCi+1x/tw2ho=",
            Plaintext = "testing12",
            Message = """
                AgV4PKWpyXOBmk4yDyakq0VRlXuStoPoaQ0n0tO1i/9LdVsAXwABABVhd3MtY3J5cHRvLXB1YmxpYy1rZXkAREFoR0N4RmM2T3M3aTYydXppMEdKeTR4TmJm
                Y0M5UVRzUWhkaW9PaExISklBdXFiWmlPSmhoQjEvQW95VEwrMU9jZz09AAIAB2F3cy1rbXMAS2Fybjphd3M6a21zOnVzLXdlc3QtMjo2NTg5NTY2MDA4MzM6
                a2V5L2IzNTM3ZWYxLWQ4ZGMtNDc4MC05ZjVhLTU1Nzc2Y2JiMmY3ZgCnAQECAHhA84wnXjEJdBbBBylRUFcZZK2j7xwh6UyLoL28nQ+0FAAAAH4wfAYJKoZI
                hvcNAQcGoG8wbQIBADBoBgkqhkiG9w0BBwEwHgYJYIZIAWUDBAEuMBEEDFJv9+79usIu0JHDLwIBEIA7SELzODxUMVbIbIzq4Bxlq5VgO5IByEOFWGi+Q+Nx
                yubE2cwXwVLptW6y/jiLn6CGrDaBzxuthwHgxmEAB2F3cy1rbXMAS2Fybjphd3M6a21zOnVzLXdlc3QtMjo2NTg5NTY2MDA4MzM6a2V5LzU5MGZkNzgxLWRk
                ZGUtNDAzNi1hYmVjLTNlMWFiNWE1ZDJhZACnAQECAHggOAGBPcMYoetew3ZuLbc874w4wbJ1yDCBZq/zDVJCTQAAAH4wfAYJKoZIhvcNAQcGoG8wbQIBADBo
                BgkqhkiG9w0BBwEwHgYJYIZIAWUDBAEuMBEEDFGVND+QpXSW67k+5gIBEIA7Lm792H0cZeQGH0D1MXjYnkOdjSMRSCSjU9nmMwEuOdr16kYAXBul9dY4KpWy
                RNTfrWJxfoEZh4uldlcCAAAQAPGxXJin3r+Gkr4U+b6nLgYeKxUxyjqczugMevTw8HKKxiu8Qpy4U65J+9ZSXS4lv/////8AAAAB//////////8AAAABAAAA
                CYT3EZfkxPxdFqk/tnQn8jJN2OYvIcbqw7cAaDBmAjEAhszsRN2RAPaEgspAJwZYi0LcrM+8glcTL3HwNlzUHEkd75YGVKb/UNAElxXU6IKCAjEAmiw4LPFw
                AJ6ex2VwIIo++injUUHa1BfiF2HMpqnB5jruGCk3KxS64h0NvdPco6nW
                """,
        },
        new(12, "Two different plaintext data keys, same ciphertext")
        {
            DataKey = "Sfdon2EodFWiGY6ITvIDJZXhzKZPj2IQCi+1x/tw2ho=",
            Message = """
                AgR4PKWpyXOBmk4yDyakq0VRlXuStoPoaQ0n0tO1i/9LdVsAAAACAAdhd3Mta21zAEthcm46YXdzOmttczp1cy13ZXN0LTI6NjU4OTU2NjAwODMzOmtleS9i
                MzUzN2VmMS1kOGRjLTQ3ODAtOWY1YS01NTc3NmNiYjJmN2YApwEBAgB4QPOMJ14xCXQWwQcpUVBXGWSto+8cIelMi6C9vJ0PtBQAAAB+MHwGCSqGSIb3DQEH
                BqBvMG0CAQAwaAYJKoZIhvcNAQcBMB4GCWCGSAFlAwQBLjARBAzWRW49EX50QiQO8gsCARCAO5sgMFpr76NxknbZ8CCeup3xNPeF2Mm7Fm0l17+Le0DdI8MB
                ujB9lyGmQWMWIXq5URWbHKLN7sqiM2yiAAdhd3Mta21zAEthcm46YXdzOmttczp1cy13ZXN0LTI6NjU4OTU2NjAwODMzOmtleS81OTBmZDc4MS1kZGRlLTQw
                MzYtYWJlYy0zZTFhYjVhNWQyYWQApwEBAgB4IDgBgT3DGKHrXsN2bi23PO+MOMGydcgwgWav8w1SQk0AAAB+MHwGCSqGSIb3DQEHBqBvMG0CAQAwaAYJKoZI
                hvcNAQcBMB4GCWCGSAFlAwQBLjARBAyXAus4K5pnm0NpcJ8CARCAO0HKCnxolKBLsbqRPh/WaXxQi1VkJoz/oOVfL4+IFQymTsgKMGgHtFG77hngnoSJQyFP
                o6b/sMuN4KVKAgAAEAC0UBWiNYSJJvXRl/IXIBh0uo/DOGcPO1rP+V/sOGmM+bZERA+G8H4wcefWYWZ8dv7/////AAAAAf//////////AAAAAQAAAAkgsJoI
                IYNmoGTtuNrrNcRdC3nxmJaY+Bhu
                """,
        },
        new(13, "Two different plaintext data keys, same ciphertext (signed)")
        {
            DataKey = "Sfdon2EodFWiGY6ITvIDJZXhzKZPj2IQCi+1x/tw2ho=",
            Message = """
                AgV4PKWpyXOBmk4yDyakq0VRlXuStoPoaQ0n0tO1i/9LdVsAXwABABVhd3MtY3J5cHRvLXB1YmxpYy1rZXkAREFoR0N4RmM2T3M3aTYydXppMEdKeTR4TmJm
                Y0M5UVRzUWhkaW9PaExISklBdXFiWmlPSmhoQjEvQW95VEwrMU9jZz09AAIAB2F3cy1rbXMAS2Fybjphd3M6a21zOnVzLXdlc3QtMjo2NTg5NTY2MDA4MzM6
                a2V5L2IzNTM3ZWYxLWQ4ZGMtNDc4MC05ZjVhLTU1Nzc2Y2JiMmY3ZgCnAQECAHhA84wnXjEJdBbBBylRUFcZZK2j7xwh6UyLoL28nQ+0FAAAAH4wfAYJKoZI
                hvcNAQcGoG8wbQIBADBoBgkqhkiG9w0BBwEwHgYJYIZIAWUDBAEuMBEEDBJwQx7rLsF9SMURIgIBEIA76C0ub3htb4Bo0ZgIAoYSRzahiRunNMjvEfZ4oAUq
                0v6q7BQeeZXFuH0DycxuIwJuaftxZDUR6GEPfA8AB2F3cy1rbXMAS2Fybjphd3M6a21zOnVzLXdlc3QtMjo2NTg5NTY2MDA4MzM6a2V5LzU5MGZkNzgxLWRk
                ZGUtNDAzNi1hYmVjLTNlMWFiNWE1ZDJhZACnAQECAHggOAGBPcMYoetew3ZuLbc874w4wbJ1yDCBZq/zDVJCTQAAAH4wfAYJKoZIhvcNAQcGoG8wbQIBADBo
                BgkqhkiG9w0BBwEwHgYJYIZIAWUDBAEuMBEEDFCRxguNQerLwoT9TQIBEIA7a9HTYxjgD8GssZNegRz3dwDmNp4NGohmVxI3wwwL1ZxJzSIkwsuwKobQbbNW
                H149c0fhZyHJX5dk3OoCAAAQALRQFaI1hIkm9dGX8hcgGHS6j8M4Zw87Ws/5X+w4aYz5UtBXqCzIpb8Cd4/WZwbHh/////8AAAAB//////////8AAAABAAAA
                CYedXbtB+YnSiC8XC2WPDytoXd+hEH9zWv8AaDBmAjEAuhsI42YXIDtHJV9QNXWxh1QefwdH8yjcz1ewdCJKHrLFpmvCy5vErQduqGRXSotVAjEAvQNjxDDp
                DGRjictnjev+3slPy927Jr0SXs7xa/AslIsZHJNI/WQrPc7KVq6DzKKT
                """,
        },
        new(14, "Key = zero, Message ID = example (with AAD)")
        {
            DataKey = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            Plaintext = "testing12",
            Message = """
                AgR4PKWpyXOBmk4yDyakq0VRlXuStoPoaQ0n0tO1i/9LdVsAOgACAAh0ZXN0LWtleQAKdGVzdCB2YWx1ZQAKdGVzdC1rZXktMgAUYW5vdGhlciB0ZXN0IGV4
                YW1wbGUAAgAHYXdzLWttcwBLYXJuOmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvYjM1MzdlZjEtZDhkYy00NzgwLTlmNWEtNTU3NzZjYmIy
                ZjdmAKcBAQIAeEDzjCdeMQl0FsEHKVFQVxlkraPvHCHpTIugvbydD7QUAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgBZQME
                AS4wEQQMVS2kQTl1wrYLE2eLAgEQgDulTL6UW+E6FTj+tivbEgzVQCko4XyfLCHO9p6+XhhzZ4ASQdB+InX3zlUO0nzvo6ncpznnFwucVziULgAHYXdzLWtt
                cwBLYXJuOmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvNTkwZmQ3ODEtZGRkZS00MDM2LWFiZWMtM2UxYWI1YTVkMmFkAKcBAQIAeCA4AYE9
                wxih617Ddm4ttzzvjDjBsnXIMIFmr/MNUkJNAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgBZQMEAS4wEQQM3CmTGX0yeaiG
                9NrQAgEQgDsnrSa/wp3e/eyjabdqfNOdRCgPRfrJg+bSSzs6Y8WogxrrXuCdv/Gxd/tpoGgrfckTXXAvDyzh2snYXAIAABAAApfij7czGOoR2HlxWsLApRGg
                oK8GT9zcTHLZllYHeIL5z/RijnIgTxn9phSilA70/////wAAAAH//////////wAAAAEAAAAJS+cGlK1P9Uok1Rn7XbeiPqIj9/NYhB4/cQ==
                """,
        },
        new(15, "Key = zero, Message ID = example (signed, with AAD)")
        {
            DataKey = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            Plaintext = "testing12",
            Message = """
                AgV4PKWpyXOBmk4yDyakq0VRlXuStoPoaQ0n0tO1i/9LdVsAlwADAAh0ZXN0LWtleQAKdGVzdCB2YWx1ZQAKdGVzdC1rZXktMgAUYW5vdGhlciB0ZXN0IGV4
                YW1wbGUAFWF3cy1jcnlwdG8tcHVibGljLWtleQBEQWhHQ3hGYzZPczdpNjJ1emkwR0p5NHhOYmZjQzlRVHNRaGRpb09oTEhKSUF1cWJaaU9KaGhCMS9Bb3lU
                TCsxT2NnPT0AAgAHYXdzLWttcwBLYXJuOmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvYjM1MzdlZjEtZDhkYy00NzgwLTlmNWEtNTU3NzZj
                YmIyZjdmAKcBAQIAeEDzjCdeMQl0FsEHKVFQVxlkraPvHCHpTIugvbydD7QUAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgB
                ZQMEAS4wEQQMlgzxMfOVccgo/NfWAgEQgDuBa8xMNPel0q7fr4r9y9cKoeaaxqo5vLVr/KNnDbzr13J3Edl70FJhu9iuS3E9Ed81jwt8FeIntzPfuQAHYXdz
                LWttcwBLYXJuOmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvNTkwZmQ3ODEtZGRkZS00MDM2LWFiZWMtM2UxYWI1YTVkMmFkAKcBAQIAeCA4
                AYE9wxih617Ddm4ttzzvjDjBsnXIMIFmr/MNUkJNAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgBZQMEAS4wEQQMiz3Umk1/
                gWN+lSq5AgEQgDvGK8/b7k6VRkOHOwisVDZilScjgbNNHNWnPJjo7NKm2/8t///KTjL/QJ/zD5cLsEInvsyltBX9jEd83gIAABAAApfij7czGOoR2HlxWsLA
                pRGgoK8GT9zcTHLZllYHeIIg5X2rC+bMh/YSXh8AcrNA/////wAAAAH//////////wAAAAEAAAAJBjj1QFH18attIsarBYX+AAvXtzBNHXwDkwBnMGUCMQC3
                jREI99riv0SYM2G3dYMvA26KOHM/f7lhd6VQdM0MX+fHo/LfTEanr2AW9UlustkCMCpX/x8S84qJeTQbnTS0OCEvSjRCWluK4xqnSTc2PvZiOTALHUVBTkvR
                xBRnaUPa/g==
                """,
        },
        new(16, "Key = example, Message ID = zero (with AAD)")
        {
            DataKey = "Sfdon2EodFWiGY6ITvIDJZXhzKZPj2IQCi+1x/tw2ho=",
            Plaintext = "testing12",
            Message = """
                AgR4AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAOgACAAh0ZXN0LWtleQAKdGVzdCB2YWx1ZQAKdGVzdC1rZXktMgAUYW5vdGhlciB0ZXN0IGV4
                YW1wbGUAAgAHYXdzLWttcwBLYXJuOmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvYjM1MzdlZjEtZDhkYy00NzgwLTlmNWEtNTU3NzZjYmIy
                ZjdmAKcBAQIAeEDzjCdeMQl0FsEHKVFQVxlkraPvHCHpTIugvbydD7QUAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgBZQME
                AS4wEQQMFEBnKyt3QstLVqt+AgEQgDvjFgXze5zC18mw1EL22Sk1L9s2x/d/yyKUFVcqcxsIN0YBh9nOUkMji/KbaroJticmBBH5iVuC58W7CAAHYXdzLWtt
                cwBLYXJuOmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvNTkwZmQ3ODEtZGRkZS00MDM2LWFiZWMtM2UxYWI1YTVkMmFkAKcBAQIAeCA4AYE9
                wxih617Ddm4ttzzvjDjBsnXIMIFmr/MNUkJNAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgBZQMEAS4wEQQMpstDQzF757db
                NzujAgEQgDtMFvMf2MmJumFtDnpVae1UIZqEhrFGIgtRDd/BVPeA3KZA+HzImTd0bNiOnL6flxyITvnjMkXAstQa3wIAABAAQoChYbw/b0wnt9pA+NkCz4+2
                pLAEqD9U9NjeGs+ZaZJzgj4W/ZtkD2K6nrgp64FH/////wAAAAH//////////wAAAAEAAAAJfUPqTiD+hJarwoj8u6zgN+nUJ8sjhoOOtw==
                """,
        },
        new(17, "Key = example, Message ID = zero (signed, with AAD)")
        {
            DataKey = "Sfdon2EodFWiGY6ITvIDJZXhzKZPj2IQCi+1x/tw2ho=",
            Plaintext = "testing12",
            Message = """
                AgV4AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAlwADAAh0ZXN0LWtleQAKdGVzdCB2YWx1ZQAKdGVzdC1rZXktMgAUYW5vdGhlciB0ZXN0IGV4
                YW1wbGUAFWF3cy1jcnlwdG8tcHVibGljLWtleQBEQWhHQ3hGYzZPczdpNjJ1emkwR0p5NHhOYmZjQzlRVHNRaGRpb09oTEhKSUF1cWJaaU9KaGhCMS9Bb3lU
                TCsxT2NnPT0AAgAHYXdzLWttcwBLYXJuOmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvYjM1MzdlZjEtZDhkYy00NzgwLTlmNWEtNTU3NzZj
                YmIyZjdmAKcBAQIAeEDzjCdeMQl0FsEHKVFQVxlkraPvHCHpTIugvbydD7QUAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgB
                ZQMEAS4wEQQM5vYU7k2tK4Y4ChgDAgEQgDu7X3F084Gf5T+8/cP+Qge/+xj8lZN95hogWxYwC/HA649wqOHc2dvQeP0rc7OJIUj8QwmCcITyAWvRXgAHYXdz
                LWttcwBLYXJuOmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvNTkwZmQ3ODEtZGRkZS00MDM2LWFiZWMtM2UxYWI1YTVkMmFkAKcBAQIAeCA4
                AYE9wxih617Ddm4ttzzvjDjBsnXIMIFmr/MNUkJNAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgBZQMEAS4wEQQMbxIh5bCS
                DVpF64zaAgEQgDsKuqZd6LSW4WtYmeQcydeqQbxnYXzhDlSla6QNcknXuOaACDsonsrh6+0tk7Z1OOA0Jxbrcx8oojE0WgIAABAAQoChYbw/b0wnt9pA+NkC
                z4+2pLAEqD9U9NjeGs+ZaZKuxbySIS3cRk6BGotnokRl/////wAAAAH//////////wAAAAEAAAAJy/kcnBqVkxNJQMiH1nkw2v6oDuCcyofEzQBnMGUCMQCm
                RHBH53c9klyofyrrze8i/Al0AW4K2/3lJF1lc7yV43y2FI1jOByqzsEvu4NjYTgCMDUiSCmLWNOZUdLhGzA7+6q3al2b0eDfV/zpsIKZrQPZccRftNTbxR/m
                1Wo7udndPg==
                """,
        },
        new(18, "Key = example, Message ID = example (with AAD)")
        {
            DataKey = "Sfdon2EodFWiGY6ITvIDJZXhzKZPj2IQCi+1x/tw2ho=",
            Plaintext = "testing12",
            Message = """
                AgR4PKWpyXOBmk4yDyakq0VRlXuStoPoaQ0n0tO1i/9LdVsAOgACAAh0ZXN0LWtleQAKdGVzdCB2YWx1ZQAKdGVzdC1rZXktMgAUYW5vdGhlciB0ZXN0IGV4
                YW1wbGUAAgAHYXdzLWttcwBLYXJuOmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvYjM1MzdlZjEtZDhkYy00NzgwLTlmNWEtNTU3NzZjYmIy
                ZjdmAKcBAQIAeEDzjCdeMQl0FsEHKVFQVxlkraPvHCHpTIugvbydD7QUAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgBZQME
                AS4wEQQMA0otLRQxvR8Ud+pKAgEQgDvVR2YZbiRGnzk9VHphC2z0gf/3fnC856VJsjDHyXfeveuOAOg8lHBR2yqcbV6kFafqsLGuhoNM7kVkhAAHYXdzLWtt
                cwBLYXJuOmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvNTkwZmQ3ODEtZGRkZS00MDM2LWFiZWMtM2UxYWI1YTVkMmFkAKcBAQIAeCA4AYE9
                wxih617Ddm4ttzzvjDjBsnXIMIFmr/MNUkJNAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgBZQMEAS4wEQQM+7tKI00Bt/e3
                ZvEiAgEQgDtVAzyv+65kZInUtQjH5uEkHKcMGXPDWMGjaGo5u8AEVGkwM+Sph6+lykd21OT67IqUt6g25v8O0+PBSwIAABAA8bFcmKfev4aSvhT5vqcuBh4r
                FTHKOpzO6Ax69PDwcopiz5Sh5k0vkhhnD960r/31/////wAAAAH//////////wAAAAEAAAAJyHiCZSD8Gxa3Btt9ilhrITCfftYCrm5ZzA==
                """,
        },
        new(19, "Key = example, Message ID = example (signed, with AAD)")
        {
            DataKey = "Sfdon2EodFWiGY6ITvIDJZXhzKZPj2IQCi+1x/tw2ho=",
            Plaintext = "testing12",
            Message = """
                AgV4PKWpyXOBmk4yDyakq0VRlXuStoPoaQ0n0tO1i/9LdVsAlwADAAh0ZXN0LWtleQAKdGVzdCB2YWx1ZQAKdGVzdC1rZXktMgAUYW5vdGhlciB0ZXN0IGV4
                YW1wbGUAFWF3cy1jcnlwdG8tcHVibGljLWtleQBEQWhHQ3hGYzZPczdpNjJ1emkwR0p5NHhOYmZjQzlRVHNRaGRpb09oTEhKSUF1cWJaaU9KaGhCMS9Bb3lU
                TCsxT2NnPT0AAgAHYXdzLWttcwBLYXJuOmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvYjM1MzdlZjEtZDhkYy00NzgwLTlmNWEtNTU3NzZj
                YmIyZjdmAKcBAQIAeEDzjCdeMQl0FsEHKVFQVxlkraPvHCHpTIugvbydD7QUAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgB
                ZQMEAS4wEQQMxOjP1UAeC+vE5J1fAgEQgDvgHwPc3KpNStTjhawDEa7Z5UDCnKwSH5KaTYT0Qbnu2o3RVgjLQxsa5FjdBUzi3lusy2g4HRMeGgk5QQAHYXdz
                LWttcwBLYXJuOmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvNTkwZmQ3ODEtZGRkZS00MDM2LWFiZWMtM2UxYWI1YTVkMmFkAKcBAQIAeCA4
                AYE9wxih617Ddm4ttzzvjDjBsnXIMIFmr/MNUkJNAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgBZQMEAS4wEQQMKTHgS3LL
                lQH3xP7EAgEQgDu+iRlWxVymazFlhKAAaNkQhpZzxyljqYBgctCjsmVwSfic4+VH5gOLsLyNUC0JwqNHTH5+hcphGVgXTQIAABAA8bFcmKfev4aSvhT5vqcu
                Bh4rFTHKOpzO6Ax69PDwcormGII0al4n1z8nUbSVXezJ/////wAAAAH//////////wAAAAEAAAAJhPcRl+TE/F0WqT+2dCfyMk3Y5i8hxurDtwBoMGYCMQCE
                S2bdqjxadCcKb/NgzQ+KxCXix0VBh0mJwKyyUXvwjUFoGJkecdswSXhPiYO7EocCMQDWPwhemHv5ObNVjv9iEmTF5wghBIi3aYeY4N3QQRcPtkuCdcaqKRR3
                u8VzZsFR9eg=
                """,
        },
        new(20, "Two different plaintext data keys, same ciphertext (with AAD)")
        {
            DataKey = "Sfdon2EodFWiGY6ITvIDJZXhzKZPj2IQCi+1x/tw2ho=",
            Message = """
                AgR4PKWpyXOBmk4yDyakq0VRlXuStoPoaQ0n0tO1i/9LdVsAOgACAAh0ZXN0LWtleQAKdGVzdCB2YWx1ZQAKdGVzdC1rZXktMgAUYW5vdGhlciB0ZXN0IGV4
                YW1wbGUAAgAHYXdzLWttcwBLYXJuOmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvYjM1MzdlZjEtZDhkYy00NzgwLTlmNWEtNTU3NzZjYmIy
                ZjdmAKcBAQIAeEDzjCdeMQl0FsEHKVFQVxlkraPvHCHpTIugvbydD7QUAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgBZQME
                AS4wEQQMa0HbVm3pJUfxLRYYAgEQgDuR/OmD0OFsgzBNOppbGC20b+e4iMYVRb2/MocrN8fFc+/lC6ERZzLFh90CO4QEcKKfelssXufLxx7qLAAHYXdzLWtt
                cwBLYXJuOmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvNTkwZmQ3ODEtZGRkZS00MDM2LWFiZWMtM2UxYWI1YTVkMmFkAKcBAQIAeCA4AYE9
                wxih617Ddm4ttzzvjDjBsnXIMIFmr/MNUkJNAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgBZQMEAS4wEQQM4PTMwlCPPqF2
                SFfOAgEQgDtHXTkMqX6j3VPqV9RxZjlPEGGB3twqK2eX8g2kAKYIObPvJNZvsDHR0ge8k0U9eQ7WDBwCwyaNsDpCiwIAABAAtFAVojWEiSb10ZfyFyAYdLqP
                wzhnDztaz/lf7DhpjPlwqyAp6svYC2BmtqRuFAlr/////wAAAAH//////////wAAAAEAAAAJILCaCCGDZqBk7bja6zXEXQt58ZiWmPgYbg==
                """,
        },
        new(21, "Two different plaintext data keys, same ciphertext (signed, with AAD)")
        {
            DataKey = "Sfdon2EodFWiGY6ITvIDJZXhzKZPj2IQCi+1x/tw2ho=",
            Message = """
                AgV4PKWpyXOBmk4yDyakq0VRlXuStoPoaQ0n0tO1i/9LdVsAlwADAAh0ZXN0LWtleQAKdGVzdCB2YWx1ZQAKdGVzdC1rZXktMgAUYW5vdGhlciB0ZXN0IGV4
                YW1wbGUAFWF3cy1jcnlwdG8tcHVibGljLWtleQBEQWhHQ3hGYzZPczdpNjJ1emkwR0p5NHhOYmZjQzlRVHNRaGRpb09oTEhKSUF1cWJaaU9KaGhCMS9Bb3lU
                TCsxT2NnPT0AAgAHYXdzLWttcwBLYXJuOmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvYjM1MzdlZjEtZDhkYy00NzgwLTlmNWEtNTU3NzZj
                YmIyZjdmAKcBAQIAeEDzjCdeMQl0FsEHKVFQVxlkraPvHCHpTIugvbydD7QUAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgB
                ZQMEAS4wEQQMrp6QFLdmNOISqjdzAgEQgDuCXiJsMNKTfNWmYDoMnJcI+oRQBeIl0d1pZBu5pBxGgS6chIfLVbcmweuUZDk0TCJLah7PVv3JfTSpLQAHYXdz
                LWttcwBLYXJuOmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvNTkwZmQ3ODEtZGRkZS00MDM2LWFiZWMtM2UxYWI1YTVkMmFkAKcBAQIAeCA4
                AYE9wxih617Ddm4ttzzvjDjBsnXIMIFmr/MNUkJNAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgBZQMEAS4wEQQM1QFgfyGc
                wGCV+dGjAgEQgDvI+3I0/U4wng4yWrV4RYtozOmW+lgipeTBRm3+6icDcD0A/8gzF6t4LjzgNm812nbcazbYazNAvd0xuwIAABAAtFAVojWEiSb10ZfyFyAY
                dLqPwzhnDztaz/lf7DhpjPlwgv4XNIzljFNfv4FZni21/////wAAAAH//////////wAAAAEAAAAJh51du0H5idKILxcLZY8PK2hd36EQf3Na/wBnMGUCMQCR
                oSvXwlzNpXaMoH3xaSwRKxekj1t8GpfiULRl/KEjC6gRIWYcxV2zmMy1DCqwC7sCMHVZkw/zs6sbyWcMPz1Rsl6kM2lSm8BWls9ZIqw7yF3I4fob1sdjxu0i
                IRwYrtSlSg==
                """,
        },
    ];
}
