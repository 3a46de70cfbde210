using KmsTools.Auditing;

namespace KmsTools.Engine.Tests.Auditing;

public sealed class CallIdTests
{
    [Fact]
    public void New_OnSeveralThreads_AllAreDifferentUuidsOfVersion4()
    {
        string[] ids = new string[8000];
        Parallel.For(0, 8, thread =>
        {
            for (int i = 0; i < 1000; i++)
            {
                ids[(thread * 1000) + i] = CallId.New();
            }
        });
        Assert.Equal(8000, ids.Distinct().Count());
        Assert.All(ids, static id => Assert.Matches("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", id));
    }
}
