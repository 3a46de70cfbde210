using System.Text;
using KmsTools.Cryptography;

namespace KmsTools.EnvelopeEncryption;

/// <summary>
/// Messages that other implementations have made. Source: "AWS Encryption SDK - Message Format V2 Test Vectors", 2020-09-18, in
/// aws/aws-encryption-sdk-python, test/resources/commitment-test-vectors.json (Apache 2.0); the numbers are those of its comments.
/// </summary>
public sealed class PublishedMessagesTests
{
    // 1. Non-KMS key provider
    private const string RawKeyring = """
        AgR4TfvRMU2dVZJbgXIyxeNtbj5eIw8BiTDiwsHyQ/Z9wXkAAAABAAxQcm92aWRlck5hbWUAGUtleUlkAAAAgAAAAAz45sc3cDvJZ7D4P3sAMKE7d/w8ziQt
        2C0qHsy1Qu2E2q92eIGE/kLnF/Y003HKvTxx7xv2Zv83YuOdwHML5QIAABAAF88I9zPbUQSfOlzLXv+uIY2+m/E6j2PMsbgeHVH/L0wLqQlY+5CL0z3xnNOM
        IZae/////wAAAAEAAAAAAAAAAAAAAAEAAAAOSZBKHHRpTwXOFTQVGapXXj5CwXBMouBB2ucaIJVm
        """;

    // 3. KMS key provider (with ECDSA)
    private const string KmsSignedWithContext = """
        AgV4vjf7DnZHP0MgQ4/QHZH1Z/1Lt24oyMR0DigenSpro9wAjgAEAAUwVGhpcwACaXMAAzFhbgAKZW5jcnlwdGlvbgAIMmNvbnRleHQAB2V4YW1wbGUAFWF3
        cy1jcnlwdG8tcHVibGljLWtleQBEQXRnM3JwOEVBNFFhNnBmaTk3MUlTNTk3NHpOMnlZWE5vSmtwRHFPc0dIYkVaVDRqME5OMlFkRStmbTFVY01WdThnPT0A
        AQAHYXdzLWttcwBLYXJuOmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvYjM1MzdlZjEtZDhkYy00NzgwLTlmNWEtNTU3NzZjYmIyZjdmAKcB
        AQEAeEDzjCdeMQl0FsEHKVFQVxlkraPvHCHpTIugvbydD7QUAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgBZQMEAS4wEQQM
        OTLXUpQGBjgD+EYIAgEQgDsqRrwjQTGW0pA78dc+2Y/IqUrG7eAO4hZ07BNJEnd1d3+gUqW6Yunk8qyN9ryxdY8s4PshzJ7lyXIDuwIAABAABc0DWynVSZ1F
        h1cLh1Aq/mNPeyzD3yqpiKEBBUosdod2yzOfJTZ0H1mhwgJPJZSr/////wAAAAEAAAAAAAAAAAAAAAEAAAAJ+m45xgKSc5k+9oOlZEBdaNvusGVs1XyesABn
        MGUCMCoWR62YhnklwXEuj63nCz8qK8O4UOuR71bP3RiWfZHYQtkrrzV7ukj2Nseghpyt4gIxAKquEtCPigr+heUFSAMRDJ7YEbLgisSgUqkHQhfqOwG2YFNK
        ySG/CR0SNlfisJNovQ==
        """;

    // 24. JS encrypt (with AAD) 1byte frame
    private const string JavaScriptFramesOf1 = """
        AgR4iCL3obBFAgl2H4KE8R96eNgBjLqFzwofaagV/SF1UJgAOgACAAh0ZXN0LWtleQAKdGVzdCB2YWx1ZQAKdGVzdC1rZXktMgAUYW5vdGhlciB0ZXN0IGV4
        YW1wbGUAAQAHYXdzLWttcwBLYXJuOmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvYjM1MzdlZjEtZDhkYy00NzgwLTlmNWEtNTU3NzZjYmIy
        ZjdmAKcBAQEAeEDzjCdeMQl0FsEHKVFQVxlkraPvHCHpTIugvbydD7QUAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgBZQME
        AS4wEQQMFUkHCQBWWWqXIwgfAgEQgDt+DtsGGoRXX/c2o6u8WUX7EPdRCBuYBjKTEexmgld+jqfu9ogp+XVs/lEPCnThJE7lZ26ufBNtuZpNZwIAAAABW3Kh
        rYH9MFe3n+Js+v5arMzHmH58k/3TjhBfn28QENxyh41IeBjszPCSS9P1WjiFAAAAAQAAAAAAAAAAAAAAATFhtmleghwYLnacJo9PvJ8zAAAAAgAAAAAAAAAA
        AAAAAqN1bVJRZ7u4SxGPLFCAaUCIAAAAAwAAAAAAAAAAAAAAAxHeThX1MRHvZDw6RRc0GbaMAAAABAAAAAAAAAAAAAAABLxdlMXxvjmARlkmTHYjH0MaAAAA
        BQAAAAAAAAAAAAAABYpcAmbgJbPAei4O+8e/7rC8AAAABgAAAAAAAAAAAAAABnylrtV/x7G9ll5XX7+l5qPkAAAABwAAAAAAAAAAAAAAB92sSPXn8rtFFw/H
        8zMcax38AAAACAAAAAAAAAAAAAAACOg8ggvUao5tOL/CqpTEdNHpAAAACQAAAAAAAAAAAAAACSaxo/DM3P6NKU3BPlZAubgR/////wAAAAoAAAAAAAAAAAAA
        AAoAAAAAhh5ydHx1RXNFYRN5zY0jhg==
        """;

    // 30. [C ESDK] alg=ALG_AES256_GCM_HKDF_SHA512_COMMIT_KEY; frame_size=16
    private const string CFramesOf16 = """
        AgR4K3m8tPW6+GZbv2h6l/Zog57SL5sT9o50Bf9FbObk18gAAAABAAdhd3Mta21zAEthcm46YXdzOmttczp1cy13ZXN0LTI6NjU4OTU2NjAwODMzOmtleS9i
        MzUzN2VmMS1kOGRjLTQ3ODAtOWY1YS01NTc3NmNiYjJmN2YApwEBAQB4QPOMJ14xCXQWwQcpUVBXGWSto+8cIelMi6C9vJ0PtBQAAAB+MHwGCSqGSIb3DQEH
        BqBvMG0CAQAwaAYJKoZIhvcNAQcBMB4GCWCGSAFlAwQBLjARBAwHMATBwGsO+itTfXkCARCAO2quKOuXQ1vgTLsWWcF5Xxta5xGkziCmXh3MjZz7fg9Rh9+u
        M7giP9yGqpLPhws29+QCSDc+U+MjbjvPAgAAABBKcTTOB2n0NhpGIjqX6asWzqnVxGL9ElHDsIADOwl25HBnjqaKG2LS5Yb+aVyMJW4AAAABAAAAAAAAAAAA
        AAABabtPdgY42AWzHXmW92NiQzrnvQV9OrG3UN89DTZZ/tkAAAACAAAAAAAAAAAAAAACXd1zoo32cOde25/kpfepcMB8JCqFeYQRFlyc0YrKJf0AAAADAAAA
        AAAAAAAAAAADKLae04FNWjljylpTTZPVdmAMQ2WoHKzMPC1qnsWZHvAAAAAEAAAAAAAAAAAAAAAEBt6stQeuur0FKyYK9bR1K6+sJn/q8wB8gajT1pxb+Xb/
        ////AAAABQAAAAAAAAAAAAAABQAAAAXwamnjgyqZoZJjJMf8KLi4WFC5AzM=
        """;

    // 34. [C ESDK] alg=ALG_AES256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384; frame_size=16
    private const string CSignedFramesOf16 = """
        AgV4Cri6kFSyB84mx+wt4qgx2ExzbBbVhfDaCweFtJmyyawAXwABABVhd3MtY3J5cHRvLXB1YmxpYy1rZXkAREF5N09CbzhYUW9lc0treU1WZHJiZi9TQ3F5
        MDNtdjU2Y3hkS1ZOa2JoRUU2VWpGYng0VzUzZGkrRytsRTVSMjdOdz09AAEAB2F3cy1rbXMAS2Fybjphd3M6a21zOnVzLXdlc3QtMjo2NTg5NTY2MDA4MzM6
        a2V5L2IzNTM3ZWYxLWQ4ZGMtNDc4MC05ZjVhLTU1Nzc2Y2JiMmY3ZgCnAQEBAHhA84wnXjEJdBbBBylRUFcZZK2j7xwh6UyLoL28nQ+0FAAAAH4wfAYJKoZI
        hvcNAQcGoG8wbQIBADBoBgkqhkiG9w0BBwEwHgYJYIZIAWUDBAEuMBEEDM5cn+Y/7Y9bQ29WGwIBEIA7TG4kG9yQfLtTTbvL/NkE9PWXfFT12F9/0zlKLgcH
        n3ba1Jv8LE7kd5bGR4WZBj4/yZ6QOVOlZKdhU8ECAAAAEOFIohyrSsm7hQfZ7DbWFJhEn6uZoCO7Q0VBqGMiH//ROcwUJFQI0V1re2sMD2gKXwAAAAEAAAAA
        AAAAAAAAAAHDBPMQUYEwG2fKOjLSy5TzIsJuX6yGSneyX7N8twkLgAAAAAIAAAAAAAAAAAAAAALHIwp6ifqKY4ST4ht1YPK3tMgVKbMA2MGnxO/KASWUZQAA
        AAMAAAAAAAAAAAAAAAPe7atR4Zuw7rws2Lq3LNDx9HQLgtbxXg2Uop5GGCrMYAAAAAQAAAAAAAAAAAAAAATvARGcM3tkX8Rfw+Z2OG+66JDtoVCeTwwrIKZ0
        SBYd1gAAAAUAAAAAAAAAAAAAAAXz16pY+9hY6+4aSLMNcMp1uNrLUsSOlZzOqpK+Fugsnv////8AAAAGAAAAAAAAAAAAAAAGAAAAAEpDJdbidG3or3xz3g+j
        9a0AZzBlAjEA9LQRM/AjRx+cYDuMo0NnK9ZmAaWboUmeRJqQjdaOTLtdaZfn2hDBV6gBsQIaQ2jbAjBP+cYTlMcb2dguFKM0DJRr9bQGcoAp45aIm1IgSSt8
        /4zvBHAuE38TYu5FFgpnbd0=
        """;

    // 38. [Python ESDK] alg=ALG_AES256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384; unframed
    private const string PythonSignedUnframed = """
        AgV4wjhFuoHhF6np5UvxBujGNCGe8CcoCsePw7aXzeLgH8wAfwADABVhd3MtY3J5cHRvLXB1YmxpYy1rZXkAREE4dXY0S0lYWlIwTWhwUm5kQ3ZZK0p1elRR
        cStqVWxacnBWMHM5RXFNV0ZjaFRBd0FIVXdIK2tOSzA5S3BBQnkwdz09AAVrZXlfYQAHdmFsdWVfYQAFa2V5X2IAB3ZhbHVlX2IAAQAHYXdzLWttcwBLYXJu
        OmF3czprbXM6dXMtd2VzdC0yOjY1ODk1NjYwMDgzMzprZXkvYjM1MzdlZjEtZDhkYy00NzgwLTlmNWEtNTU3NzZjYmIyZjdmAKcBAQEAeEDzjCdeMQl0FsEH
        KVFQVxlkraPvHCHpTIugvbydD7QUAAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqGSIb3DQEHATAeBglghkgBZQMEAS4wEQQMvsueY9q2K9SdGKfuAgEQ
        gDvLQ5OljOCV1/YH/tYzl8WF+LGPRRj07YoY41t9XjjzZkhjH6nhZfY+QO8CLSM8ut1UDcjsiHMc8wAPPQEAAAAArqoSW/LCsWqA2PzItFUJsyDF/wAPCbMz
        c6YuAdKnWXvUPTIdnPA3H7jAmRegjNLnAAAAAAAAAAAAAAABAAAAAAAAAAkdnEdnIYuM46iNVFb59YSGI28tcMvNOTHdAGcwZQIxAItH5NgTud0q8MNvhktG
        LyG2UDTJHxiDJ5yZs5Tuc9Vlxl/t2cGFdJqp1vopF4RxhAIwToqh7JWjG24wQ3t9mXSLpoNwJL2WotrznE/XIcjW4SZLtjETsQGq+yF92XR6s8Ur
        """;

    // 40. [Java ESDK] alg=ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY; unframed
    private const string JavaUnframed = """
        AgR489rpKG1gc7jEIpNVoPmEidpm/S6/mMNmpo5DUPtjfvoAAAABAAdhd3Mta21zAEthcm46YXdzOmttczp1cy13ZXN0LTI6NjU4OTU2NjAwODMzOmtleS9i
        MzUzN2VmMS1kOGRjLTQ3ODAtOWY1YS01NTc3NmNiYjJmN2YApwEBAQB4QPOMJ14xCXQWwQcpUVBXGWSto+8cIelMi6C9vJ0PtBQAAAB+MHwGCSqGSIb3DQEH
        BqBvMG0CAQAwaAYJKoZIhvcNAQcBMB4GCWCGSAFlAwQBLjARBAwj+RmdJoCGvYKswYkCARCAO4v0/pYT9NN+9UN1a+Wwt4ME2TQUXCGDLktXwOPTrpzzKbsd
        ey847gJLMscis/PnhJFjIInSl7YXTs4sAQAAAAD4mNRyy2Ilyp28lKHdEvDtfZG56XuJjZUp1tPYfAy0EmkB6jixZ5UADkWCIjCQLYkAAAAAAAAAAAAAAAEA
        AAAAAAAACaZigN09HSXKB3hv/nlrI7juPtl66ZV0Pz8=
        """;

    // 12. Two different plaintext data keys, same ciphertext
    private const string OtherCommitment = """
        AgR4PKWpyXOBmk4yDyakq0VRlXuStoPoaQ0n0tO1i/9LdVsAAAACAAdhd3Mta21zAEthcm46YXdzOmttczp1cy13ZXN0LTI6NjU4OTU2NjAwODMzOmtleS9i
        MzUzN2VmMS1kOGRjLTQ3ODAtOWY1YS01NTc3NmNiYjJmN2YApwEBAgB4QPOMJ14xCXQWwQcpUVBXGWSto+8cIelMi6C9vJ0PtBQAAAB+MHwGCSqGSIb3DQEH
        BqBvMG0CAQAwaAYJKoZIhvcNAQcBMB4GCWCGSAFlAwQBLjARBAzWRW49EX50QiQO8gsCARCAO5sgMFpr76NxknbZ8CCeup3xNPeF2Mm7Fm0l17+Le0DdI8MB
        ujB9lyGmQWMWIXq5URWbHKLN7sqiM2yiAAdhd3Mta21zAEthcm46YXdzOmttczp1cy13ZXN0LTI6NjU4OTU2NjAwODMzOmtleS81OTBmZDc4MS1kZGRlLTQw
        MzYtYWJlYy0zZTFhYjVhNWQyYWQApwEBAgB4IDgBgT3DGKHrXsN2bi23PO+MOMGydcgwgWav8w1SQk0AAAB+MHwGCSqGSIb3DQEHBqBvMG0CAQAwaAYJKoZI
        hvcNAQcBMB4GCWCGSAFlAwQBLjARBAyXAus4K5pnm0NpcJ8CARCAO0HKCnxolKBLsbqRPh/WaXxQi1VkJoz/oOVfL4+IFQymTsgKMGgHtFG77hngnoSJQyFP
        o6b/sMuN4KVKAgAAEAC0UBWiNYSJJvXRl/IXIBh0uo/DOGcPO1rP+V/sOGmM+bZERA+G8H4wcefWYWZ8dv7/////AAAAAf//////////AAAAAQAAAAkgsJoI
        IYNmoGTtuNrrNcRdC3nxmJaY+Bhu
        """;

    [Theory]
    [InlineData(RawKeyring, "+p6+whPVw9kOrYLZFMRBJ2n6Vli6T/7TkjDouS+25s0=", "GoodCommitment")]
    [InlineData(KmsSignedWithContext, "FX5R4LJUJ1XkzcV5GGRS9MSdtc+2kzyvEsVFiETwdi4=", "Plaintext")]
    [InlineData(JavaScriptFramesOf1, "0fdi6NBvUeXX+pmFX6SUir0Q7/q5b2cQJJOtJpbWC5Q=", "testing12")]
    [InlineData(
        CFramesOf16,
        "E4ocDFKJ9JGz2dXyOBNqh9atsl6ceVqoftZzhiTAVK8=",
        "30. [C ESDK] alg=ALG_AES256_GCM_HKDF_SHA512_COMMIT_KEY; frame_size=16")]
    [InlineData(
        CSignedFramesOf16,
        "VJP9B8uCnNxrdEtV8kPaU5pjiK7xL/CgTkLycy1kU+U=",
        "34. [C ESDK] alg=ALG_AES256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384; frame_size=16")]
    [InlineData(PythonSignedUnframed, "qApow0AClB0e1zK5u4NLs33LpEbugfQgH5JTYXn2MvY=", "testing12")]
    [InlineData(JavaUnframed, "jUopPfY/IoBzCxwLOuIAMcPIgV8CqHbET1rRxbVLYZc=", "testing12")]
    public void A_published_message_is_read(string message, string dataKey, string plaintext)
    {
        using MemoryStream output = new();
        (_, long read, long written) = Read(message, dataKey, output);
        Assert.Equal(plaintext, Encoding.UTF8.GetString(output.ToArray()));
        Assert.Equal(Convert.FromBase64String(message).Length, read);
        Assert.Equal(plaintext.Length, written);
    }

    [Fact]
    public void The_header_of_a_published_message_is_read()
    {
        (MessageHeader header, _, _) = Read(KmsSignedWithContext, "FX5R4LJUJ1XkzcV5GGRS9MSdtc+2kzyvEsVFiETwdi4=", Stream.Null);
        Assert.Same(AlgorithmSuite.Signed, header.Suite);
        Assert.Equal(4096, header.FrameLength);
        Assert.Equal("vjf7DnZHP0MgQ4/QHZH1Z/1Lt24oyMR0DigenSpro9w=", Convert.ToBase64String(header.MessageId.AsSpan()));
        Assert.Equal("Bc0DWynVSZ1Fh1cLh1Aq/mNPeyzD3yqpiKEBBUosdoc=", Convert.ToBase64String(header.Commitment.AsSpan()));
        Assert.Equal(
            ["0This=is", "1an=encryption", "2context=example", "aws-crypto-public-key=Atg3rp8EA4Qa6pfi971IS5974zN2yYXNoJkpDqOsGHbEZT4j0NN2QdE+fm1UcMVu8g=="],
            header.EncryptionContext.Select(static pair => $"{pair.Key}={pair.Value}"));
        Assert.Equal(["0This", "1an", "2context"], header.UserContext.Keys);
        Assert.Equal(["arn:aws:kms:us-west-2:658956600833:key/b3537ef1-d8dc-4780-9f5a-55776cbb2f7f"], header.KeyArns);
    }

    [Theory]
    [InlineData(KmsSignedWithContext, "FX5R4LJUJ1XkzcV5GGRS9MSdtc+2kzyvEsVFiETwdi4=")]
    [InlineData(JavaUnframed, "jUopPfY/IoBzCxwLOuIAMcPIgV8CqHbET1rRxbVLYZc=")]
    [InlineData(CSignedFramesOf16, "VJP9B8uCnNxrdEtV8kPaU5pjiK7xL/CgTkLycy1kU+U=")]
    public void The_header_of_a_published_message_is_written_as_it_was(string message, string dataKey)
    {
        (MessageHeader header, _, _) = Read(message, dataKey, Stream.Null);
        byte[] serialized = header.Serialize();
        Assert.Equal(Convert.FromBase64String(message)[..serialized.Length], serialized);
    }

    [Theory]
    [InlineData(
        0x0478,
        "+p6+whPVw9kOrYLZFMRBJ2n6Vli6T/7TkjDouS+25s0=",
        "TfvRMU2dVZJbgXIyxeNtbj5eIw8BiTDiwsHyQ/Z9wXk=",
        "V67301yMJtk0jxOc3QJeBac6uKxO3XylWtkKTYmUU+M=",
        "F88I9zPbUQSfOlzLXv+uIY2+m/E6j2PMsbgeHVH/L0w=")]
    [InlineData(
        0x0578,
        "FX5R4LJUJ1XkzcV5GGRS9MSdtc+2kzyvEsVFiETwdi4=",
        "vjf7DnZHP0MgQ4/QHZH1Z/1Lt24oyMR0DigenSpro9w=",
        "YqelE6F+cSyDvu7BTR8ZnPQzZ+7NumfwuwdOzaRb44g=",
        "Bc0DWynVSZ1Fh1cLh1Aq/mNPeyzD3yqpiKEBBUosdoc=")]
    public void Content_key_and_commitment_are_derived_as_published(
        int suite,
        string dataKey,
        string messageId,
        string contentKey,
        string commitment)
    {
        using Secret secret = Secret.CopyOf(Convert.FromBase64String(dataKey));
        using MessageKeys keys = MessageKeys.Derive(secret, AlgorithmSuite.Find((ushort)suite)!, Convert.FromBase64String(messageId));
        Assert.Equal(contentKey, keys.ContentKey.Use(static bytes => Convert.ToBase64String(bytes)));
        Assert.Equal(commitment, Convert.ToBase64String(keys.Commitment.AsSpan()));
    }

    [Fact]
    public void A_message_that_two_data_keys_open_is_refused()
    {
        EnvelopeException error = Assert.Throws<EnvelopeException>(
            () => Read(OtherCommitment, "Sfdon2EodFWiGY6ITvIDJZXhzKZPj2IQCi+1x/tw2ho=", Stream.Null));
        Assert.Equal(EnvelopeFailure.KeyCommitmentMismatch, error.Failure);
        Assert.Equal("The message does not fit its data key: the key commitment differs.", error.Message);
    }

    private static (MessageHeader Header, long Read, long Written) Read(
        string message,
        string dataKey,
        Stream output) => MessageReader.Read(
        new MemoryStream(Convert.FromBase64String(message)), output, 100, _ => Secret.CopyOf(
            Convert.FromBase64String(dataKey)), null, default);
}
