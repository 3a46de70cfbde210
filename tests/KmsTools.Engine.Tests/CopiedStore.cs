using KmsTools.Persistence;
using KmsTools.Storage;

namespace KmsTools;

/// <summary>
/// A store whose clock was moved to where tests begin. It is made once for the process, and copied for each test: that takes a tenth of the
/// time that a new one does. The copies have the same root key and ID, so tests whose stores share HSMs need stores of their own.
/// </summary>
internal static class CopiedStore
{
    private static readonly Lazy<string> s_store = new(Make);

    /// <summary>Copies the store to a folder that does not exist.</summary>
    public static void CopyTo(string folder)
    {
        string store = s_store.Value;
        CreateFolder(folder);
        foreach (string inner in Directory.GetDirectories(store, "*", SearchOption.AllDirectories))
        {
            CreateFolder(Path.Combine(folder, Path.GetRelativePath(store, inner)));
        }

        foreach (string file in Directory.GetFiles(store, "*", SearchOption.AllDirectories))
        {
            File.Copy(file, Path.Combine(folder, Path.GetRelativePath(store, file)));
        }
    }

    private static string Make()
    {
        string folder = Path.Combine(Path.GetTempPath(), "kmstools-test-" + Guid.NewGuid().ToString("N"));
        using (KmsEngine engine = new(
            new StoreFactory().Open(TestStores.At(new StateStoreOptions { Folder = folder, SimulatedClock = true })),
            static () => throw new NotSupportedException(),
            static () => throw new NotSupportedException()))
        {
            engine.StepClock(KmsFixture.Start);
        }

        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }

    // Readable by its owner only, as a store has to be; copied files keep their mode.
    private static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
