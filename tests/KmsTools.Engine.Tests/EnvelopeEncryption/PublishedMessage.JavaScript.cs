namespace KmsTools.EnvelopeEncryption;

/// <content>Messages that the SDK for JavaScript made.</content>
internal sealed partial record PublishedMessage
{
    public static PublishedMessage[] JavaScript { get; } =
    [
        new(22, "Simple JS encrypt")
        {
            DataKey = "4aY8MK4AdgTXDgz7DXIUfOZ81MR7/v8Vh1qS4hha4U4=",
            Plaintext = "testing12",
            Message = """
                AgR4ZzjLWV5kAQKVlXj57IcJa1iEqTYVzYLoqG8PRUdtGnEAAAABAAdhd3Mta21zAEthcm46YXdzOmttczp1cy13ZXN0LTI6NjU4OTU2NjAwODMzOmtleS9i
                MzUzN2VmMS1kOGRjLTQ3ODAtOWY1YS01NTc3NmNiYjJmN2YApwEBAQB4QPOMJ14xCXQWwQcpUVBXGWSto+8cIelMi6C9vJ0PtBQAAAB+MHwGCSqGSIb3DQEH
                BqBvMG0CAQAwaAYJKoZIhvcNAQcBMB4GCWCGSAFlAwQBLjARBAzm/W4IEwyw1XGMDx8CARCAOzWxBU81iv0uAE17I6C3HxgVlMZm2br9GAktcyJ5IgZKA6N8
                MLzLAmbDoMb1HxJEKkb8F49QTArCUhX7AgAAEADreoUk9jDTH/FR/nDtTKFjBD6r2ipZhT5LsJtgx2rbJGBYOeO5FCZSGlsZTIsoNDL/////AAAAAQAAAAAA
                AAAAAAAAAQAAAAm5gmDN/oEFl97JI39GIyXlS3CudSGOWm8p
                """,
        },
        new(23, "Simple JS encrypt (with AAD)")
        {
            DataKey = "/tCswbBkCYGs0DgkPDm775OnlQXO6N8zWLMTuHvPrqg=",
            Plaintext = "testing12",
            Message = """
                AgR4BiIWGA4lhe6nW3EBq9ri5hyuIcvnhaWt6s6yP70JnwQAOgACAAh0ZXN0LWtleQAKdGVzdCB2YWx1ZQAKdGVzdC1rZXktMgAUYW5vdGhlciB0ZXN0IGV4
                YW1wbGUAAQAHYXdzLWttcwBLYXJuOmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvYjM1MzdlZjEtZDhkYy00NzgwLTlmNWEtNTU3NzZjYmIy
                ZjdmAKcBAQEAeEDzjCdeMQl0FsEHKVFQVxlkraPvHCHpTIugvbydD7QUAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgBZQME
                AS4wEQQM4qQYbJbU6HvDqgEBAgEQgDsSqi/xWCa5VP0Ax1s+G6AIZ3GkNE2kR2WzLYXpA9HCZ4pny25nD5vguvGtbdKGR4TlpTPkxvUTa+LHNQIAABAAbzal
                1s5Ht+XmPGs+lzwMTU3VsVKI1h73jcUgz4G30oAmkkGJNdjmZFflISSBirPH/////wAAAAEAAAAAAAAAAAAAAAEAAAAJ5LRWdzEYzFurmIpJRc9PzENBizW3
                +v7/Qg==
                """,
        },
        new(24, "JS encrypt (with AAD) 1byte frame")
        {
            DataKey = "0fdi6NBvUeXX+pmFX6SUir0Q7/q5b2cQJJOtJpbWC5Q=",
            Plaintext = "testing12",
            Message = """
                AgR4iCL3obBFAgl2H4KE8R96eNgBjLqFzwofaagV/SF1UJgAOgACAAh0ZXN0LWtleQAKdGVzdCB2YWx1ZQAKdGVzdC1rZXktMgAUYW5vdGhlciB0ZXN0IGV4
                YW1wbGUAAQAHYXdzLWttcwBLYXJuOmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvYjM1MzdlZjEtZDhkYy00NzgwLTlmNWEtNTU3NzZjYmIy
                ZjdmAKcBAQEAeEDzjCdeMQl0FsEHKVFQVxlkraPvHCHpTIugvbydD7QUAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgBZQME
                AS4wEQQMFUkHCQBWWWqXIwgfAgEQgDt+DtsGGoRXX/c2o6u8WUX7EPdRCBuYBjKTEexmgld+jqfu9ogp+XVs/lEPCnThJE7lZ26ufBNtuZpNZwIAAAABW3Kh
                rYH9MFe3n+Js+v5arMzHmH58k/3TjhBfn28QENxyh41IeBjszPCSS9P1WjiFAAAAAQAAAAAAAAAAAAAAATFhtmleghwYLnacJo9PvJ8zAAAAAgAAAAAAAAAA
                AAAAAqN1bVJRZ7u4SxGPLFCAaUCIAAAAAwAAAAAAAAAAAAAAAxHeThX1MRHvZDw6RRc0GbaMAAAABAAAAAAAAAAAAAAABLxdlMXxvjmARlkmTHYjH0MaAAAA
                BQAAAAAAAAAAAAAABYpcAmbgJbPAei4O+8e/7rC8AAAABgAAAAAAAAAAAAAABnylrtV/x7G9ll5XX7+l5qPkAAAABwAAAAAAAAAAAAAAB92sSPXn8rtFFw/H
                8zMcax38AAAACAAAAAAAAAAAAAAACOg8ggvUao5tOL/CqpTEdNHpAAAACQAAAAAAAAAAAAAACSaxo/DM3P6NKU3BPlZAubgR/////wAAAAoAAAAAAAAAAAAA
                AAoAAAAAhh5ydHx1RXNFYRN5zY0jhg==
                """,
        },
        new(25, "Simple JS encrypt (signed)")
        {
            DataKey = "rnlg7ipPE0mbNg7SiAf039ey9BjswFQyHOPiLp5u1V4=",
            Plaintext = "testing12",
            Message = """
                AgV4nod6k6U3+hHpc2+9TE2fJvNJYmXxy5HKeGP2976E24wAXwABABVhd3MtY3J5cHRvLXB1YmxpYy1rZXkAREFydDRid3dTWVFUdnJpRUJQcWpDVzhWMTdM
                YkNidHNtb0F4MHpXdTFxa2Nnd0lVUWVOV2RnckJnVWhQTEkxUE9ZQT09AAEAB2F3cy1rbXMAS2Fybjphd3M6a21zOnVzLXdlc3QtMjo2NTg5NTY2MDA4MzM6
                a2V5L2IzNTM3ZWYxLWQ4ZGMtNDc4MC05ZjVhLTU1Nzc2Y2JiMmY3ZgCnAQEBAHhA84wnXjEJdBbBBylRUFcZZK2j7xwh6UyLoL28nQ+0FAAAAH4wfAYJKoZI
                hvcNAQcGoG8wbQIBADBoBgkqhkiG9w0BBwEwHgYJYIZIAWUDBAEuMBEEDJpAGhSRmDYszjWV6wIBEIA7uVaaElPbdkhU606jGGVzlu7jtdib9n7IEBMxhTve
                oM3I7Jx4WeEp5V6PJJVRlYgSaYnWZgd+pyNo7uUCAAAQAEhoaOayTlJx1SbHzfKvoTojWNzxHF2S8tryntZVRRBV13bvyHPyFxkLMXVkCze8V/////8AAAAB
                AAAAAAAAAAAAAAABAAAACTCts6F2Ov1/AGioyQndGwQnZw3UZlO38WoAZjBkAi9JY1EB/YcIGvwbkjfvlzraylN1beJzTZuIKzMWvQAMUPaLe80Szxw/F8p9
                KPlhKgIxAP/+fRUljLTg5Inw7LeAyW8oFBQNuSgmdIAZavogUFU+e1A+kQtvWdHUiLA0DgElQg==
                """,
        },
        new(26, "Simple JS encrypt (signed with AAD)")
        {
            DataKey = "RtABha+g0NdkwR43yxTAIFHmVm3dN2UuYywpNUarrF0=",
            Plaintext = "testing12",
            Message = """
                AgV4SRXxd2NDKOwAK7EYmcVdoN70/a4cd0UQxPLBy8QlCBcAlwADABVhd3MtY3J5cHRvLXB1YmxpYy1rZXkAREF2VE4rUkR2UzJISG1URk1KZCtGNFNMMGl0
                MXdvVTZOL0tSU2FQVng2WWREdkQrZVlvSmZiT0JNcnh3MnNqM3ZkQT09AAh0ZXN0LWtleQAKdGVzdCB2YWx1ZQAKdGVzdC1rZXktMgAUYW5vdGhlciB0ZXN0
                IGV4YW1wbGUAAQAHYXdzLWttcwBLYXJuOmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvYjM1MzdlZjEtZDhkYy00NzgwLTlmNWEtNTU3NzZj
                YmIyZjdmAKcBAQEAeEDzjCdeMQl0FsEHKVFQVxlkraPvHCHpTIugvbydD7QUAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgB
                ZQMEAS4wEQQMLtjZcR8parum7ZR3AgEQgDv09dkEH/ruNg2NegEnyE70usveM7797/b0IuEMu+0SDqES0zViAvGONZJsV67nHYbNPrs8lsPb9AwCCAIAABAA
                kbBHwH7I84SFz+s/eagR9kB1Oo1VEJLCWf+8p9CEdvS7eYYjthsdoDEufe8ssndV/////wAAAAEAAAAAAAAAAAAAAAEAAAAJSV1n7Qqi45oXfU2nLU8ZNKAs
                GlCjF62apQBoMGYCMQC7CzoB18g7LBHxmbaC/TscsTkeSIoztKh9LzWrdny6AX5KXedpKkj957mlLFJ7xvkCMQC/BpMw8W6hnEa8yQyJNRtKvg8i9UhbV2tJ
                7kGzpE0nUNcsUn/1BwR1AHYv0MtLIy4=
                """,
        },
        new(27, "JS encrypt (signed with AAD) 1byte frame")
        {
            DataKey = "YW6c551XES/jyr5MtVN1vkCG2+wxgxePpDGyk2K871M=",
            Plaintext = "testing12",
            Message = """
                AgV41wCZ4BqY2Cx0CxGm8/koQpqTRMu8nP1ntIHLGLxB9X4AlwADABVhd3MtY3J5cHRvLXB1YmxpYy1rZXkAREFuaEdPcGM4TVM1NFdWTjJteTB3NHhaOVk1
                M1h5RTRIeFpBSUJPTlRrYW9UT3NOU0xJVEJVRXVVVmNnVjJOK0ZsZz09AAh0ZXN0LWtleQAKdGVzdCB2YWx1ZQAKdGVzdC1rZXktMgAUYW5vdGhlciB0ZXN0
                IGV4YW1wbGUAAQAHYXdzLWttcwBLYXJuOmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvYjM1MzdlZjEtZDhkYy00NzgwLTlmNWEtNTU3NzZj
                YmIyZjdmAKcBAQEAeEDzjCdeMQl0FsEHKVFQVxlkraPvHCHpTIugvbydD7QUAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgB
                ZQMEAS4wEQQMpMUYWP285UGw/AmCAgEQgDtmuzcaMPiY+zoGW/HupbJJOTicJEzFGYqz8VD/uYbapQixhJMYJAfVDU6N7f/tsMBckKE1JAAm4/NpfAIAAAAB
                GDzmHkvsXZw/S51Z2IwF5tXFhiM47NTo+UiRotqRuOAKAW9WKd5x2ONAuWrzDDcUAAAAAQAAAAAAAAAAAAAAAYtOnuOM43FbAh8YQX42NmIyAAAAAgAAAAAA
                AAAAAAAAAm2fsrBCSB0FgjPZYIzgMTUdAAAAAwAAAAAAAAAAAAAAA1bydLuJbuThvFatZ5Lzm4AzAAAABAAAAAAAAAAAAAAABDokA1/+j4d+3wCNTYy6iIVj
                AAAABQAAAAAAAAAAAAAABYc0mcYJjilk8+MwijGHFtE6AAAABgAAAAAAAAAAAAAABqvmulDqkXcIBKNGBM/awn4+AAAABwAAAAAAAAAAAAAAB8TbxRI0xBDB
                BUkGOc1l4e53AAAACAAAAAAAAAAAAAAACNPZlcnytPsFK2iqj/JV9LU7AAAACQAAAAAAAAAAAAAACeLMC3KMhVfzTAGG4q9Yclp3/////wAAAAoAAAAAAAAA
                AAAAAAoAAAAAIyJHRhgr+RXwWwmgULn3dwBmMGQCMBAuknmnfN782mJM/SB/fXc1x1uwyUsdvjlfSFDP0LX4YfwcXvehapxu/06ciltuHwIwJkbmdd+qrKTu
                pj6UE6JR/ia19qPx3BF8XccN5AyDeKZ5nk/+4q/KfW5+D8inMuV0
                """,
        },
    ];
}
