using KmsTools.Databases;

[assembly: AssemblyFixture(typeof(KmsTools.StoreServerFixture))]

namespace KmsTools;

/// <summary>
/// The server of all tests of a program, there before the first of them. Processes that a test starts find it in their environment; were
/// there none yet, each would start one of its own.
/// </summary>
public sealed class StoreServerFixture
{
    public StoreServerFixture()
    {
        if (TestStores.AreShared && PostgreSqlServer.IsInstalled)
        {
            _ = TestStores.Server;
        }
    }
}
