using KmsTools.Operations;

namespace KmsTools.Durability;

/// <summary>How much is written for a change: the pages that it appends to the log.</summary>
public sealed class PagesOfAChangeTests(ITestOutputHelper output) : IDisposable
{
    private const int Changes = 200;
    private const int HeaderSize = 32;
    private const int FrameSize = 24 + 4096;

    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    // Of a small store, whose trees are flat: every tree that a change touches is one page.
    [Theory]
    [InlineData(nameof(CreateKeyRequest), 8.5)]
    [InlineData(nameof(UpdateKeyDescriptionRequest), 4)]
    public void Change_OfASmallStore_WritesFewPages(string request, double most)
    {
        string[] keys = [.. Enumerable.Range(0, 10).Select(_ => _kms.CreateKey().KeyId)];
        long before = Frames();
        for (int i = 0; i < Changes; i++)
        {
            if (request == nameof(CreateKeyRequest))
            {
                _kms.CreateKey();
            }
            else
            {
                _kms.Call(new UpdateKeyDescriptionRequest { KeyId = keys[i % 10], Description = $"{i}" });
            }
        }

        double pages = (Frames() - before) / (double)Changes;
        output.WriteLine($"{request}: {pages:0.00}");
        Assert.InRange(pages, 1, most);
    }

    private long Frames() => (new FileInfo(Path.Combine(_kms.Folder, "state.db-wal")).Length - HeaderSize) / FrameSize;
}
