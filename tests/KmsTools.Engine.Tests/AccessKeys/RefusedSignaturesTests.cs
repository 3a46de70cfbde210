using System.Text.Json;
using KmsTools.BouncyCastle;
using KmsTools.Persistence;
using KmsTools.Pkcs11;
using KmsTools.Storage;

namespace KmsTools.AccessKeys;

public sealed class RefusedSignaturesTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void Record_RefusalsOfTwoKinds_IsOneEventForEach()
    {
        RefusedSignatures refused = _kms.Engine.RefusedSignatures;

        Assert.Equal(1, refused.Note("AKIA1", "InvalidSignatureException", "192.0.2.1"));
        Assert.Equal(2, refused.Note("AKIA1", "InvalidSignatureException", "192.0.2.2"));
        Assert.Equal(1, refused.Note("AKIA1", "ExpiredTokenException", "192.0.2.3"));
        Assert.Empty(Details());
        refused.Record();
        refused.Record();

        Assert.Equal(
            [
                """{"accessKeyId":"AKIA1","errorCode":"InvalidSignatureException","count":"2","lastSourceIPAddress":"192.0.2.2"}""",
                """{"accessKeyId":"AKIA1","errorCode":"ExpiredTokenException","count":"1","lastSourceIPAddress":"192.0.2.3"}""",
            ],
            Details());
        Assert.Equal(1, refused.Note("AKIA1", "InvalidSignatureException", "192.0.2.2"));
    }

    [Fact]
    public void Record_ManyAccessKeys_LeavesAHundredEventsAndOneForTheOthers()
    {
        RefusedSignatures refused = _kms.Engine.RefusedSignatures;
        for (int i = 0; i < 102; i++)
        {
            refused.Note($"AKIA{i}", "UnrecognizedClientException", "192.0.2.1");
        }

        refused.Note("AKIA99", "UnrecognizedClientException", "192.0.2.1");
        refused.Record();

        string[] details = Details();
        Assert.Equal(101, details.Length);
        Assert.Contains(
            """{"accessKeyId":"AKIA99","errorCode":"UnrecognizedClientException","count":"2","lastSourceIPAddress":"192.0.2.1"}""", details);
        Assert.Contains(
            """{"accessKeyId":"others","errorCode":"UnrecognizedClientException","count":"2","lastSourceIPAddress":"192.0.2.1"}""", details);
    }

    [Fact]
    public void Record_LongAccessKey_HasItsFirst128Characters()
    {
        _kms.Engine.RefusedSignatures.Note(new string('A', 1000), "UnrecognizedClientException", "192.0.2.1");
        _kms.Engine.RefusedSignatures.Record();

        Assert.Equal(
            $$"""{"accessKeyId":"{{new string('A', 128)}}","errorCode":"UnrecognizedClientException","count":"1","lastSourceIPAddress":"192.0.2.1"}""",
            Assert.Single(Details()));
    }

    [Fact]
    public void Record_WhatCannotBeRecorded_IsRecordedTheNextTime()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "This system has no /dev/full.");
        string folder = Directory.CreateTempSubdirectory("kms-refused-").FullName;
        try
        {
            string sink = Path.Combine(folder, "events.jsonl");
            File.CreateSymbolicLink(sink, "/dev/full");
            using KmsEngine engine = new(
                new StoreFactory().Open(TestStores.At(new StateStoreOptions
                {
                    Folder = Path.Combine(folder, "store"),
                    EventSink = new EventSinkOptions(EventSinkPlace.Parse(sink), IsRequired: true, static _ => { }),
                })),
                static () => new Pkcs11HsmProvider(),
                static () => new BouncyCastleSignatures());
            RefusedSignatures refused = engine.RefusedSignatures;
            refused.Note("AKIA1", "InvalidSignatureException", "192.0.2.1");
            refused.Note("AKIA2", "InvalidSignatureException", "192.0.2.1");
            Assert.Throws<StateStoreException>(refused.Record);
            Assert.Equal(2, refused.Note("AKIA1", "InvalidSignatureException", "192.0.2.2"));

            File.Delete(sink);
            refused.Record();
            Assert.Equal(
                [
                    """{"accessKeyId":"AKIA1","errorCode":"InvalidSignatureException","count":"2","lastSourceIPAddress":"192.0.2.2"}""",
                    """{"accessKeyId":"AKIA2","errorCode":"InvalidSignatureException","count":"1","lastSourceIPAddress":"192.0.2.1"}""",
                ],
                Details(engine.FindEvents(new EventQuery { EventName = "SignaturesRefused" })));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Record_WhoseAnswerIsLost_LeavesNoSecondEvent()
    {
        using TwoNodes nodes = new();
        RefusedSignatures refused = nodes.Here.RefusedSignatures;
        refused.Note("AKIA1", "InvalidSignatureException", "192.0.2.1");
        nodes.Store.AfterAppending = static () => throw new StateStoreException("The database does not answer.");
        Assert.Throws<StateStoreException>(refused.Record);
        Assert.Equal(2, refused.Note("AKIA1", "InvalidSignatureException", "192.0.2.2"));
        nodes.Store.AfterAppending = static () => throw new StateStoreException("The database does not answer.");
        Assert.Throws<StateStoreException>(refused.Record);
        refused.Record();
        refused.Record();

        Assert.Equal(
            [
                """{"accessKeyId":"AKIA1","errorCode":"InvalidSignatureException","count":"1","lastSourceIPAddress":"192.0.2.1"}""",
                """{"accessKeyId":"AKIA1","errorCode":"InvalidSignatureException","count":"1","lastSourceIPAddress":"192.0.2.2"}""",
            ],
            Details(nodes.There.FindEvents(new EventQuery { EventName = "SignaturesRefused" })));
        Assert.Equal(1, refused.Note("AKIA1", "InvalidSignatureException", "192.0.2.2"));
    }

    private string[] Details() => Details(_kms.Events("SignaturesRefused"));

    private static string[] Details(IEnumerable<Auditing.AuditEvent> events) =>
    [
        .. events.Select(static recorded =>
            JsonDocument.Parse(recorded.CloudTrailEvent).RootElement.GetProperty("serviceEventDetails").GetRawText()),
    ];
}
