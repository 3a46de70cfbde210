namespace KmsTools.Http;

public sealed class MemoryBudgetTests
{
    [Fact]
    public void TryTake_UpToTheMaximum_IsGranted()
    {
        MemoryBudget budget = new(100);

        Assert.True(budget.TryTake(60));
        Assert.False(budget.TryTake(41));
        Assert.Equal(60, budget.Taken);
        Assert.True(budget.TryTake(40));
        Assert.False(budget.TryTake(1));
        budget.Give(40);
        Assert.Equal(60, budget.Taken);
        Assert.True(budget.TryTake(40));
    }

    [Fact]
    public void TryTake_ByManyAtOnce_NeverExceedsTheMaximum()
    {
        MemoryBudget budget = new(1000);
        int granted = 0;

        Parallel.For(0, 5000, _ => Interlocked.Add(ref granted, budget.TryTake(3) ? 3 : 0));

        Assert.Equal(granted, budget.Taken);
        Assert.InRange(granted, 3, 1000);
    }
}
